#include "deliver/sts_row.h"

#include "base/bytes.h"

namespace yubin::deliver {

namespace {

constexpr std::uint8_t kVersion = 1;
constexpr char kKind = 's';  // beside the numbers of queue::RowKind

}  // namespace

std::string sts_key(std::string_view domain) {
  return kKind + std::string(domain);
}

std::string sts_domain(std::string_view key) {
  return std::string(key.substr(1));
}

kv::Range sts_range() {
  return kv::prefix_range(std::string(1, kKind));
}

std::string encode_sts(StsRow const& row) {
  std::string value;
  ByteWriter writer(value);
  writer.u8(kVersion);
  writer.text(row.id);
  writer.text(print_sts_policy(row.policy));
  writer.signed_varint(row.fetched);
  return value;
}

Result<StsRow> decode_sts(std::string_view value) {
  ByteReader reader(value);
  TRY(std::uint8_t version, reader.u8());
  if (version != kVersion) return fail(Errc::corrupt, "a policy's row has an unknown version");
  StsRow row;
  TRY(std::string_view id, reader.text());
  row.id = id;
  TRY(std::string_view policy, reader.text());
  Result<StsPolicy> parsed = parse_sts_policy(policy);
  if (!parsed) return fail(Errc::corrupt, parsed.error().detail);
  row.policy = *std::move(parsed);
  TRY(row.fetched, reader.signed_varint());
  if (!reader.at_end()) return fail(Errc::corrupt, "something follows a policy's row");
  return row;
}

}  // namespace yubin::deliver
