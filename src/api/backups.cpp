// Backups of the store that this server uses, and bringing messages back from one.
#include <fmt/format.h>

#include <boost/json/object.hpp>

#include "api/api.h"
#include "api/json.h"
#include "backup/service.h"

namespace yubin::api {

namespace {

namespace json = boost::json;

constexpr unsigned kFailed = 409;

// Whoever asks for a backup is an administrator: what kept us from it is said, not only logged.
http::Response failure(Error const& error) {
  return json_response(kFailed, {{"error", error.detail}});
}

Error no_backups() {
  return {Errc::denied, "the store of this server is not one that can be backed up"};
}

Result<std::filesystem::path> directory_member(json::object const& object) {
  TRY(std::string directory, get_text(object, "directory"));
  if (!directory.starts_with('/')) return fail(Errc::syntax, "directory must be a whole path, from / on");
  return std::filesystem::path(std::move(directory));
}

Result<std::optional<store::MailboxName>> mailbox_member(json::object const& object, std::string_view name) {
  TRY(std::optional<std::string> text, find_text(object, name));
  if (!text) return std::nullopt;
  TRY(store::MailboxName mailbox, store::MailboxName::parse(*text));
  return mailbox;
}

Result<std::optional<store::Uid>> uid_member(json::object const& object) {
  auto const* value = object.if_contains("uid");
  if (value == nullptr || value->is_null()) return std::nullopt;
  bool const good = value->is_int64() && value->get_int64() >= 1 && value->get_int64() <= 0xffffffff;
  if (!good) return fail(Errc::syntax, "uid must be a number from 1 to 4294967295");
  return store::Uid(static_cast<std::uint32_t>(value->get_int64()));
}

Result<backup::Wanted> wanted_member(json::object const& object) {
  TRY(std::string account, get_text(object, "account"));
  TRY(mime::Address address, mime::Address::parse(account));
  backup::Wanted wanted{.account = std::move(address)};
  TRY(wanted.mailbox, mailbox_member(object, "mailbox"));
  TRY(wanted.into, mailbox_member(object, "into"));
  TRY(wanted.uid, uid_member(object));
  TRY(std::optional<std::string> message_id, find_text(object, "message_id"));
  wanted.message_id = message_id.value_or("");
  if (wanted.uid && !wanted.mailbox) return fail(Errc::syntax, "a uid needs its mailbox");
  return wanted;
}

struct RestoreRequest {
  std::filesystem::path directory;
  backup::Wanted wanted;
};

Result<RestoreRequest> parse_restore_request(std::string_view body) {
  TRY(json::object object, parse_object(body, {"directory", "account", "mailbox", "message_id", "uid", "into"}));
  TRY(std::filesystem::path directory, directory_member(object));
  TRY(backup::Wanted wanted, wanted_member(object));
  return RestoreRequest{std::move(directory), std::move(wanted)};
}

}  // namespace

void Api::create_backup(Call call, Reply reply) {
  auto parse = [&]() -> Result<std::filesystem::path> {
    TRY(json::object object, parse_object(call.body, {"directory"}));
    return directory_member(object);
  };
  Result<std::filesystem::path> directory = parse();
  if (!directory) return reply(error_response(directory.error()));
  if (services_.backups == nullptr) return reply(failure(no_backups()));
  auto done = [this, call = std::move(call), reply = std::move(reply)](Result<backup::Created> created) mutable {
    if (!created) return reply(failure(created.error()));
    backup::Manifest const& manifest = created->manifest;
    json::object answer{{"path", created->path.native()},
                        {"id", manifest.id.text()},
                        {"files", manifest.files.size()},
                        {"bytes", manifest.bytes()},
                        {"copied", created->copied}};
    answer["base"] = manifest.base ? json::value(manifest.base->text()) : json::value(nullptr);
    record_change(call, "backup made: " + created->path.native(), json_response(201, answer), std::move(reply));
  };
  services_.backups->create(*std::move(directory), std::move(done));
}

void Api::restore_messages(Call call, Reply reply) {
  Result<RestoreRequest> request = parse_restore_request(call.body);
  if (!request) return reply(error_response(request.error()));
  if (services_.backups == nullptr) return reply(failure(no_backups()));
  auto done = [this, account = request->wanted.account.text(), call = std::move(call),
               reply = std::move(reply)](Result<backup::Restored> restored) mutable {
    if (!restored) return reply(failure(restored.error()));
    record_change(call, fmt::format("{} messages of {} brought back from a backup", restored->restored, account),
                  json_response(200, {{"restored", restored->restored}, {"present", restored->present}}),
                  std::move(reply));
  };
  services_.backups->restore(std::move(request->directory), std::move(request->wanted), std::move(done));
}

}  // namespace yubin::api
