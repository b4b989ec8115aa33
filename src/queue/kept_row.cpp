#include "queue/kept_row.h"

#include "base/bytes.h"

namespace yubin::queue {

namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kKept = 'k';
constexpr std::uint8_t kTold = 'p';  // postmasters

}  // namespace

std::string KeptKey::encode() const {
  std::string key;
  ByteWriter writer(key);
  writer.u8(kKept);
  writer.u64(static_cast<std::uint64_t>(since));
  writer.bytes(id.bytes());
  writer.u32(number);
  return key;
}

Result<KeptKey> KeptKey::decode(std::string_view key) {
  ByteReader reader(key);
  TRY(std::uint8_t const kind, reader.u8());
  TRY(std::uint64_t const since, reader.u64());
  TRY(std::string_view const id, reader.bytes(UniqueId::kSize));
  KeptKey decoded{.since = static_cast<Seconds>(since), .id = {}};
  TRY(decoded.id, UniqueId::from_bytes(id));
  TRY(decoded.number, reader.u32());
  if (kind != kKept || !reader.at_end()) return fail(Errc::corrupt, "a key of what is kept that is none");
  return decoded;
}

kv::Range kept_range() {
  return kv::prefix_range(std::string(1, static_cast<char>(kKept)));
}

std::string told_key() {
  return std::string(1, static_cast<char>(kTold));
}

std::string encode_told(Seconds when) {
  std::string value;
  ByteWriter writer(value);
  writer.u8(kVersion);
  writer.signed_varint(when);
  return value;
}

Result<Seconds> decode_told(std::string_view value) {
  ByteReader reader(value);
  TRY(std::uint8_t const version, reader.u8());
  TRY(Seconds const when, reader.signed_varint());
  if (version != kVersion || !reader.at_end()) return fail(Errc::corrupt, "when postmasters were told cannot be read");
  return when;
}

bool is_kept_if_failed(MessageRow const& message, RecipientRow const& recipient) {
  bool const is_of_others = message.service == "mx" || message.service == "lmtp";
  auto const& notify = recipient.recipient.parameters.notify;
  bool const is_told = !message.reverse_path.is_null() && (!notify || notify->failure);
  return is_of_others && !is_told;
}

bool is_kept(RecipientRow const& recipient) {
  return recipient.standing == Standing::held && recipient.status.starts_with("5.");
}

}  // namespace yubin::queue
