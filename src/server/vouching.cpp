#include "server/vouching.h"

#include <fmt/format.h>

#include <algorithm>

#include "deliver/report_destination.h"
#include "mime/address_list.h"
#include "policy/dns_name.h"

namespace yubin::server {

namespace {

using deliver::organizational_domain;
using policy::DmarcResult;
using smtp::Reply;

bool is_vouched_for(std::string const& author, policy::DmarcRequest const& known) {
  std::string const organization = organizational_domain(author);
  auto vouches = [&](std::string const& domain) {
    auto const name = policy::to_query_name(domain);
    return name && organizational_domain(*name) == organization;
  };
  return (!known.spf_domain.empty() && vouches(known.spf_domain)) || std::ranges::any_of(known.dkim_domains, vouches);
}

// What a domain without a policy is measured by.
Vouching without_policy(policy::DmarcRequest const& known) {
  std::vector<std::string> const& authors = known.author.domains;
  auto vouched = [&](std::string const& author) { return is_vouched_for(author, known); };
  if (!authors.empty() && std::ranges::all_of(authors, vouched)) return Vouching::yes;
  return known.incomplete ? Vouching::not_known_now : Vouching::nobody;
}

// RFC 7372 has no code for it: this is about what a message claims, not about one of the checks.
Reply not_sent_on(std::string const& why) {
  return {550, {5, 7, 1}, "We do not send this on: " + why};
}

Result<bool> is_hosted(directory::Directory const& directory, std::string const& name) {
  Result<mime::Domain> const domain = mime::Domain::parse(name);
  if (!domain) return false;
  TRY(auto const found, directory.find_domain(*domain));
  return found.has_value();
}

}  // namespace

Vouching vouching_of(policy::DmarcRequest const& known, policy::DmarcOutcome const* dmarc) {
  if (dmarc == nullptr) return without_policy(known);
  switch (dmarc->result) {
    case DmarcResult::pass:
      return Vouching::yes;
    case DmarcResult::fail:
      return Vouching::no;
    case DmarcResult::temperror:
      return Vouching::not_known_now;
    case DmarcResult::none:
    case DmarcResult::permerror:
      break;
  }
  return without_policy(known);
}

std::optional<std::vector<std::string>> claimed_domains(policy::MessageReader const& message) {
  if (!message.header().complete()) return std::nullopt;
  std::vector<std::string> out;
  for (auto const& field : message.header().find_all("From")) {
    if (field.raw_value.find('\0') != std::string_view::npos) return std::nullopt;
    mime::ParsedAddressList const list = mime::parse_address_list(field.value());
    if (!list.complete) return std::nullopt;
    for (mime::ListedAddress const& one : list.addresses) {
      if (one.kind != mime::ListedAddress::Kind::mailbox) continue;
      if (auto name = policy::to_query_name(one.domain)) out.push_back(*std::move(name));
    }
  }
  return out;
}

Result<std::optional<Reply>> why_not_sent_on(policy::MessageReader const& message, Vouching vouching,
                                             directory::Directory const& directory,
                                             std::vector<std::string> const& own_names) {
  if (vouching == Vouching::yes) return std::nullopt;
  auto const claimed = claimed_domains(message);
  if (!claimed) return not_sent_on("it cannot be told whom the field From names");
  for (std::string const& name : *claimed) {
    std::string const organization = organizational_domain(name);
    bool const related = vouching != Vouching::nobody && std::ranges::any_of(own_names, [&](std::string const& own) {
                           return organizational_domain(own) == organization;
                         });
    TRY(bool const hosted, is_hosted(directory, name));
    if (!related && !hosted) continue;
    if (vouching == Vouching::not_known_now)
      return Reply{451, {4, 4, 3}, fmt::format("Whether {} vouches for this cannot be found out now", name)};
    return not_sent_on(fmt::format("it claims to be from {}, which neither SPF nor DKIM confirms (DMARC)", name));
  }
  return std::nullopt;
}

}  // namespace yubin::server
