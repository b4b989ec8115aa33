#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>

#include "api/api.h"
#include "api/json.h"
#include "api/query.h"
#include "base/text.h"
#include "journal/query.h"
#include "journal/when.h"

namespace yubin::api {

namespace {

namespace json = boost::json;

json::object to_json(journal::RecipientFate const& fate) {
  return {{"address", fate.address}, {"fate", fate.fate}, {"status", fate.status}, {"detail", fate.detail}};
}

json::object to_json(journal::Entry const& entry) {
  json::array recipients;
  for (journal::RecipientFate const& fate : entry.recipients) recipients.push_back(to_json(fate));
  json::object facts;
  for (auto const& [name, value] : entry.facts) facts[name] = value;
  return {{"id", entry.id.text()},
          {"time", journal::rfc3339(entry.id.time())},
          {"kind", std::string(to_string(entry.kind))},
          {"service", entry.service},
          {"peer", entry.peer},
          {"helo", entry.helo},
          {"tls", entry.tls},
          {"user", entry.user},
          {"sender", entry.sender},
          {"message_id", entry.message_id},
          {"size", entry.size},
          {"recipients", std::move(recipients)},
          {"verdict", entry.verdict},
          {"reason", entry.reason},
          {"facts", std::move(facts)},
          {"omitted", entry.omitted},
          {"generation", entry.generation}};
}

json::array to_json(std::vector<journal::Entry> const& entries) {
  json::array list;
  for (journal::Entry const& entry : entries) list.push_back(to_json(entry));
  return list;
}

constexpr std::size_t kMaxPage = 1000;
constexpr std::size_t kMaxLater = 100;

constexpr std::string_view kVerdicts[] = {
    "accepted", "refused",     "deferred", "delivered", "failed", "queued", "relayed", "bounced", "expired",   "junk",
    "held",     "quarantined", "released", "discarded", "done",   "closed", "retried", "removed", "redirected"};

// An address in the form in which services write it; anything else as it is.
std::string address_form(std::string const& text) {
  Result<mime::Address> const address = mime::Address::parse(text);
  return address ? address->text() : text;
}

Result<std::string> domain_form(std::string const& text) {
  if (text.empty()) return text;
  TRY(mime::Domain domain, mime::Domain::parse(text));
  return domain.text();
}

Result<std::string> known_verdict(std::string const& word) {
  if (!word.empty() && std::ranges::find(kVerdicts, to_lower(word)) == std::end(kVerdicts))
    return fail(Errc::syntax,
                fmt::format("no verdict is called {}; there are: {}", yubin::quoted(word), fmt::join(kVerdicts, ", ")));
  return word;
}

Result<std::optional<journal::Kind>> kind_field(std::string const& word) {
  if (word.empty()) return std::nullopt;
  if (auto const kind = journal::parse_kind(word)) return kind;
  return fail(Errc::syntax, fmt::format("no kind of entry is called {}; there are: message, refusal, delivery, login, "
                                        "change, connection",
                                        yubin::quoted(word)));
}

Result<std::optional<WallTime>> time_field(std::string const& text, WallTime now) {
  if (text.empty()) return std::nullopt;
  TRY(WallTime time, journal::parse_when(text, now, journal::Zone::utc));
  return time;
}

Result<std::optional<journal::EntryId>> id_field(std::string const& text) {
  if (text.empty()) return std::nullopt;
  TRY(journal::EntryId id, journal::EntryId::parse(text));
  return id;
}

Result<std::optional<journal::PeerNetwork>> network_field(std::string const& text) {
  if (text.empty()) return std::nullopt;
  TRY(journal::PeerNetwork network, journal::PeerNetwork::parse(text));
  return network;
}

Result<std::size_t> page_limit(QueryString const& fields) {
  TRY(std::optional<std::uint64_t> limit, fields.number("limit"));
  if (limit && (*limit == 0 || *limit > kMaxPage))
    return fail(Errc::syntax, fmt::format("limit must be from 1 to {}", kMaxPage));
  return limit.value_or(journal::Query{}.limit);
}

Result<journal::Query> parse_query(std::string_view text, WallTime now) {
  TRY(QueryString fields,
      QueryString::parse(text, {"address", "from", "to", "user", "domain", "ip", "message_id", "about", "service",
                                "kind", "verdict", "since", "until", "before", "limit"}));
  journal::Query query;
  query.address = address_form(fields.text("address"));
  query.sender = address_form(fields.text("from"));
  query.recipient = address_form(fields.text("to"));
  query.user = address_form(fields.text("user"));
  query.message_id = fields.text("message_id");
  query.service = fields.text("service");
  TRY(query.domain, domain_form(fields.text("domain")));
  TRY(query.verdict, known_verdict(fields.text("verdict")));
  TRY(query.kind, kind_field(fields.text("kind")));
  TRY(query.peer, network_field(fields.text("ip")));
  TRY(query.about, id_field(fields.text("about")));
  TRY(query.before, id_field(fields.text("before")));
  TRY(query.since, time_field(fields.text("since"), now));
  TRY(query.until, time_field(fields.text("until"), now));
  TRY(query.limit, page_limit(fields));
  return query;
}

}  // namespace

// One page, newest first. "next", if it is not null, is the "before" of the page after this; a page may be empty and
// have one, when much was looked at and nothing fitted.
void Api::search_journal(Call call, Reply reply) {
  Result<journal::Query> query = parse_query(call.query, services_.clock.now());
  if (!query) return reply(error_response(query.error()));
  auto answer = [this, query = *std::move(query), reply = std::move(reply)]() mutable {
    auto found = services_.journal.search(query);
    if (!found) return reply(error_response(found.error()));
    json::object page{{"entries", to_json(found->entries)}, {"next", nullptr}};
    if (found->next) page["next"] = found->next->text();
    reply(json_response(200, page));
  };
  after_noted(std::move(answer));
}

// With what went on from it: attempts to deliver, for a message.
void Api::show_entry(Call call, Reply reply) {
  Result<journal::EntryId> const id = journal::EntryId::parse(call.parameter);
  if (!id) return reply(error_response(id.error()));
  auto answer = [this, id = *id, reply = std::move(reply)]() mutable {
    auto entry = services_.journal.find(id);
    if (!entry) return reply(error_response(entry.error()));
    if (!*entry) return reply(error_response({Errc::not_found, "the journal has no entry " + id.text()}));
    auto later = services_.journal.search({.about = id, .limit = kMaxLater});
    if (!later) return reply(error_response(later.error()));
    std::ranges::reverse(later->entries);
    json::object story = to_json(**entry);
    story["later"] = to_json(later->entries);
    reply(json_response(200, story));
  };
  after_noted(std::move(answer));
}

// Who asks has perhaps just seen it happen: what is still in memory is written first. On the pool again after that.
void Api::after_noted(std::move_only_function<void()> answer) {
  kv::Ticket<void> const written = services_.journal.write_noted();
  written.completion().on_done(
      [this, answer = std::move(answer)]() mutable { services_.pool.post(Lane::reading, std::move(answer)); });
}

}  // namespace yubin::api
