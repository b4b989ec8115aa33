#include "deliver/own_mail.h"

#include "base/bytes.h"
#include "store/held_body.h"

namespace yubin::deliver {

namespace {
constexpr char kKind = 'a';
constexpr char kTries = 'A';
constexpr std::uint8_t kVersion = 1;
}  // namespace

std::string own_mail_key(UniqueId accepted_as) {
  return kKind + accepted_as.bytes();
}

Result<UniqueId> decode_own_mail_key(std::string_view key) {
  if (key.empty() || key[0] != kKind) return fail(Errc::corrupt, "not the key of the server's own mail");
  return UniqueId::from_bytes(key.substr(1));
}

kv::Range own_mail_range() {
  return kv::prefix_range(std::string(1, kKind));
}

std::string own_mail_tries_key(UniqueId accepted_as) {
  return kTries + accepted_as.bytes();
}

std::string encode_tries(std::uint64_t tries) {
  std::string value;
  ByteWriter writer(value);
  writer.u8(kVersion);
  writer.varint(tries);
  return value;
}

Result<std::uint64_t> decode_tries(std::string_view value) {
  ByteReader reader(value);
  TRY(std::uint8_t const version, reader.u8());
  if (version != kVersion) return fail(Errc::corrupt, "tries of an unknown version");
  return reader.varint();
}

void put_own_mail(store::Changes& changes, LocalMessage const& message, std::int64_t accepted, journal::Entry& entry) {
  queue::LocalRow row{.body = message.body.ref,
                      .summary = message.summary,
                      .trace = message.trace,
                      .reverse_path = message.reverse_path,
                      .accepted = accepted,
                      .service = message.entry.service,
                      .message_id = message.entry.message_id,
                      .targets = {}};
  for (queue::LocalTarget const& target : message.targets) {
    if (!is_own(target)) continue;
    entry.recipients.push_back({target.recipient, "queued", "2.0.0", "to be read by the server: " + target.mailbox});
    row.targets.push_back(target);
  }
  if (row.targets.empty()) return;
  store::hold_body(changes.kv(), message.body, kOwnUse);
  changes.kv().put_blind(kv::Table::queue, own_mail_key(entry.id), encode_local(row));
}

}  // namespace yubin::deliver
