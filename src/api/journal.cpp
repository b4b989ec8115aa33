#include <boost/json/array.hpp>

#include "api/api.h"
#include "api/json.h"

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
  std::int64_t seconds = std::chrono::floor<std::chrono::seconds>(entry.id.time()).time_since_epoch().count();
  return {{"id", entry.id.text()},
          {"time", iso_time(seconds)},
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
          {"facts", std::move(facts)}};
}

}  // namespace

void Api::show_entry(Call call, Reply reply) {
  Result<journal::EntryId> id = journal::EntryId::parse(call.parameter);
  if (!id) return reply(error_response(id.error()));
  auto entry = services_.journal.find(*id);
  if (!entry) return reply(error_response(entry.error()));
  if (!*entry) return reply(error_response({Errc::not_found, "the journal has no entry " + id->text()}));
  reply(json_response(200, to_json(**entry)));
}

}  // namespace yubin::api
