#include <algorithm>

#include "base/text.h"
#include "journal/query.h"
#include "journal/terms.h"

namespace yubin::journal {

namespace {

bool any_address(Entry const& entry, auto const& good) {
  return good(entry.sender) || good(entry.user) || std::ranges::any_of(entry.recipients, good, &RecipientFate::address);
}

bool recipient_fits(Entry const& entry, std::string_view wanted) {
  return std::ranges::any_of(entry.recipients, [&](RecipientFate const& one) { return iequals(one.address, wanted); });
}

bool peer_fits(Entry const& entry, PeerNetwork const& wanted) {
  Result<PeerNetwork> const peer = PeerNetwork::parse(entry.peer);
  return peer && peer->overlaps(wanted);
}

bool verdict_fits(Entry const& entry, std::string_view wanted) {
  return iequals(entry.verdict, wanted) ||
         std::ranges::any_of(entry.recipients, [&](RecipientFate const& one) { return iequals(one.fate, wanted); });
}

bool about_fits(Entry const& entry, EntryId wanted) {
  return std::ranges::any_of(
      entry.facts, [id = wanted.text()](auto const& fact) { return fact.first == kAbout && iequals(fact.second, id); });
}

bool addresses_fit(Entry const& entry, Query const& query) {
  auto is = [](std::string_view wanted) {
    return [wanted](std::string_view address) { return iequals(address, wanted); };
  };
  auto in = [](std::string_view wanted) {
    return [wanted](std::string_view address) { return iequals(domain_of(address), wanted); };
  };
  return (query.address.empty() || any_address(entry, is(query.address))) &&
         (query.domain.empty() || any_address(entry, in(query.domain))) &&
         (query.sender.empty() || iequals(entry.sender, query.sender)) &&
         (query.user.empty() || iequals(entry.user, query.user)) &&
         (query.recipient.empty() || recipient_fits(entry, query.recipient));
}

bool time_fits(Entry const& entry, Query const& query) {
  WallTime const time = entry.id.time();
  return (!query.since || time >= *query.since) && (!query.until || time < *query.until);
}

}  // namespace

bool fits(Entry const& entry, Query const& query) {
  return time_fits(entry, query) && (!query.kind || entry.kind == *query.kind) &&
         (query.service.empty() || iequals(entry.service, query.service)) &&
         (query.verdict.empty() || verdict_fits(entry, query.verdict)) &&
         (query.message_id.empty() || iequals(bare_message_id(entry.message_id), bare_message_id(query.message_id))) &&
         (!query.peer || peer_fits(entry, *query.peer)) && (!query.about || about_fits(entry, *query.about)) &&
         addresses_fit(entry, query);
}

}  // namespace yubin::journal
