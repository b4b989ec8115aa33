#include "queue/local_row.h"

#include "base/bytes.h"

namespace yubin::queue {

namespace {

constexpr std::uint8_t kVersion = 1;

Result<std::string> text(ByteReader& reader) {
  TRY(std::string_view view, reader.text());
  return std::string(view);
}

Result<std::vector<LocalTarget>> targets(ByteReader& reader) {
  TRY(std::uint64_t count, reader.varint());
  std::vector<LocalTarget> all;
  for (std::uint64_t i = 0; i < count; ++i) {
    LocalTarget target;
    TRY(std::uint64_t account, reader.u64());
    target.account = kv::AccountId(account);
    TRY(target.recipient, text(reader));
    TRY(target.mailbox, text(reader));
    all.push_back(std::move(target));
  }
  return all;
}

}  // namespace

std::string LocalKey::encode() const {
  std::string key;
  ByteWriter writer(key);
  writer.u8(static_cast<std::uint8_t>(RowKind::local));
  writer.bytes(id.bytes());
  writer.u32(part);
  return key;
}

Result<LocalKey> LocalKey::decode(std::string_view key) {
  ByteReader reader(key);
  TRY(std::uint8_t kind, reader.u8());
  if (kind != static_cast<std::uint8_t>(RowKind::local)) return fail(Errc::corrupt, "not the key of a local part");
  LocalKey decoded;
  TRY(std::string_view id, reader.bytes(UniqueId::kSize));
  TRY(decoded.id, UniqueId::from_bytes(id));
  TRY(decoded.part, reader.u32());
  if (!reader.at_end()) return fail(Errc::corrupt, "something follows the key of a local part");
  return decoded;
}

kv::Range local_range() {
  return kv::prefix_range(std::string(1, static_cast<char>(RowKind::local)));
}

std::string encode_local(LocalRow const& row) {
  std::string value;
  ByteWriter writer(value);
  writer.u8(kVersion);
  writer.bytes(row.body.id.bytes());
  writer.varint(row.body.size);
  writer.text(row.summary);
  writer.text(row.trace);
  writer.text(row.reverse_path);
  writer.signed_varint(row.accepted);
  writer.text(row.service);
  writer.text(row.message_id);
  writer.varint(row.targets.size());
  for (LocalTarget const& target : row.targets) {
    writer.u64(target.account.value());
    writer.text(target.recipient);
    writer.text(target.mailbox);
  }
  return value;
}

Result<LocalRow> decode_local(std::string_view value) {
  ByteReader reader(value);
  TRY(std::uint8_t version, reader.u8());
  if (version != kVersion) return fail(Errc::corrupt, "a local part of an unknown version");
  LocalRow row;
  TRY(std::string_view id, reader.bytes(UniqueId::kSize));
  TRY(row.body.id, UniqueId::from_bytes(id));
  TRY(row.body.size, reader.varint());
  TRY(row.summary, text(reader));
  TRY(row.trace, text(reader));
  TRY(row.reverse_path, text(reader));
  TRY(row.accepted, reader.signed_varint());
  TRY(row.service, text(reader));
  TRY(row.message_id, text(reader));
  TRY(row.targets, targets(reader));
  if (!reader.at_end()) return fail(Errc::corrupt, "something follows a local part");
  return row;
}

}  // namespace yubin::queue
