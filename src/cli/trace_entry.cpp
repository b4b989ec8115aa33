#include "cli/trace_entry.h"

#include <boost/json/array.hpp>

#include "cli/call.h"

namespace yubin::cli {

namespace json = boost::json;

Result<journal::Entry> entry_of(json::object const& object) {
  journal::Entry entry;
  TRY(entry.id, journal::EntryId::parse(text_of(object, "id")));
  std::optional<journal::Kind> const kind = journal::parse_kind(text_of(object, "kind"));
  if (kind) entry.kind = *kind;
  entry.service = text_of(object, "service");
  entry.peer = text_of(object, "peer");
  entry.helo = text_of(object, "helo");
  entry.tls = text_of(object, "tls");
  entry.user = text_of(object, "user");
  entry.sender = text_of(object, "sender");
  entry.message_id = text_of(object, "message_id");
  entry.verdict = text_of(object, "verdict");
  entry.reason = text_of(object, "reason");
  auto const* size = object.if_contains("size");
  auto const* recipients = object.if_contains("recipients");
  auto const* facts = object.if_contains("facts");
  auto const* omitted = object.if_contains("omitted");
  auto const* generation = object.if_contains("generation");
  if (size == nullptr || recipients == nullptr || !recipients->is_array() || facts == nullptr || !facts->is_object())
    return fail(Errc::syntax, "the server's answer is not an entry of a journal");
  entry.size = size->is_int64() ? static_cast<std::uint64_t>(size->get_int64()) : 0;
  if (omitted != nullptr && omitted->is_int64()) entry.omitted = static_cast<std::uint64_t>(omitted->get_int64());
  if (generation != nullptr && generation->is_int64())
    entry.generation = static_cast<std::uint64_t>(generation->get_int64());
  for (json::value const& value : recipients->get_array()) {
    if (!value.is_object()) continue;
    json::object const& fate = value.get_object();
    entry.recipients.push_back(
        {text_of(fate, "address"), text_of(fate, "fate"), text_of(fate, "status"), text_of(fate, "detail")});
  }
  for (auto const& fact : facts->get_object()) {
    std::string_view const name(fact.key().data(), fact.key().size());
    entry.facts.emplace_back(name, text_of(facts->get_object(), name));
  }
  return entry;
}

}  // namespace yubin::cli
