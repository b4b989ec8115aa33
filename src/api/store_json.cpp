#include "api/store_json.h"

#include <boost/json/array.hpp>

#include "api/json.h"
#include "base/bytes.h"

namespace yubin::api {

namespace {

namespace json = boost::json;

json::array texts(std::span<std::string const> sentences) {
  json::array list;
  for (std::string const& sentence : sentences) list.push_back(json::string(sentence));
  return list;
}

json::array damage(store::Verified const& verified) {
  json::array list;
  for (auto const& [account, references] : verified.damaged) {
    json::array keys;
    for (store::BodyRefKey const& reference : references) keys.push_back(json::string(to_hex(reference.encode())));
    list.push_back(json::object{{"account", account.value()}, {"references", std::move(keys)}});
  }
  return list;
}

Result<store::BodyRefKey> reference(json::value const& value) {
  if (!value.is_string()) return fail(Errc::syntax, "references must be strings");
  TRY(std::string key, from_hex({value.get_string().data(), value.get_string().size()}));
  return store::BodyRefKey::decode(key);
}

}  // namespace

json::object to_json(store::Stat const& stat) {
  return {{"accounts", stat.accounts},    {"mailboxes", stat.mailboxes},   {"messages", stat.messages},
          {"bytes", stat.bytes},          {"rows_bytes", stat.rows_bytes}, {"body_bytes", stat.body_bytes},
          {"body_files", stat.body_files}};
}

json::object to_json(store::Verified const& verified) {
  return {{"findings", texts(verified.findings)}, {"damaged", damage(verified)}, {"accounts", verified.accounts},
          {"messages", verified.messages},        {"bodies", verified.bodies},   {"bytes", verified.bytes},
          {"position", verified.position}};
}

Result<RepairRequest> parse_repair_request(std::string_view body) {
  TRY(json::object object, parse_object(body, {"account", "references"}));
  TRY(std::optional<std::uint64_t> account, find_number(object, "account"));
  if (!account) return fail(Errc::syntax, "account is missing");
  RepairRequest request{store::AccountId(*account), {}};
  json::value const* references = object.if_contains("references");
  if (references == nullptr) return request;
  if (!references->is_array()) return fail(Errc::syntax, "references must be a list");
  for (json::value const& value : references->get_array()) {
    Result<store::BodyRefKey> parsed = reference(value);
    if (!parsed) return fail(Errc::syntax, "references must be those that a verification named");
    request.references.push_back(*parsed);
  }
  return request;
}

json::object repaired_json(std::span<std::string const> done) {
  return {{"repaired", texts(done)}};
}

}  // namespace yubin::api
