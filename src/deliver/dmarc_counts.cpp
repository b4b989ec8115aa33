// The rows of DmarcReports.
#include <utility>

#include "base/bytes.h"
#include "deliver/dmarc_reports.h"

namespace yubin::deliver {

namespace {

constexpr std::uint8_t kVersion = 1;
constexpr char kKind = 'o';  // beside the numbers of queue::RowKind

std::string key_of(report::Day day) {
  std::string key(1, kKind);
  ByteWriter(key).u32(day);
  return key;
}

}  // namespace

std::string DmarcCountsKey::encode() const {
  return key_of(day) + domain + '\0' + id.bytes();
}

Result<DmarcCountsKey> DmarcCountsKey::decode(std::string_view key) {
  if (key.empty() || key[0] != kKind) return fail(Errc::corrupt, "not the key of counts for DMARC");
  ByteReader reader(key.substr(1));
  DmarcCountsKey out;
  TRY(out.day, reader.u32());
  std::string_view const rest = reader.rest();
  std::size_t const end = rest.find('\0');
  if (end == std::string_view::npos) return fail(Errc::corrupt, "a key of counts for DMARC has no domain");
  out.domain = rest.substr(0, end);
  TRY(out.id, UniqueId::from_bytes(rest.substr(end + 1)));
  return out;
}

kv::Range dmarc_counts_range() {
  return kv::prefix_range(std::string(1, kKind));
}

kv::Range dmarc_counts_range(report::Day end) {
  return {key_of(0), key_of(end)};
}

kv::Range dmarc_counts_range(report::Day day, std::string_view domain) {
  return kv::prefix_range(key_of(day) + std::string(domain) + '\0');
}

std::string encode_seen(report::Seen const& seen) {
  report::AggregateReport const report{.policy = seen.policy, .records = {seen.record}};
  std::string value;
  ByteWriter writer(value);
  writer.u8(kVersion);
  writer.varint(seen.uris.size());
  for (std::string const& uri : seen.uris) writer.text(uri);
  writer.bytes(report::encode_aggregate(report).front());
  return value;
}

Result<> add_seen(std::string_view value, DmarcCounts& counts) {
  ByteReader reader(value);
  TRY(std::uint8_t const version, reader.u8());
  if (version != kVersion) return fail(Errc::corrupt, "what was seen for DMARC has an unknown version");
  TRY(std::uint64_t const uris, reader.varint());
  std::vector<std::string> wanted;
  for (std::uint64_t i = 0; i < uris; ++i) {
    TRY(std::string_view const uri, reader.text());
    wanted.emplace_back(uri);
  }
  TRY(report::AggregateReport report, report::decode_aggregate(reader.rest()));
  counts.policy = std::move(report.policy);
  counts.uris = std::move(wanted);
  for (report::AggregateRecord& record : report.records) {
    std::uint64_t const count = std::exchange(record.count, 0);
    if (counts.messages.size() < kMostRecords || counts.messages.contains(record))
      counts.messages[std::move(record)] += count;
  }
  return {};
}

kv::Row seen_row(report::Seen const& seen, UniqueId id) {
  auto const when = std::chrono::floor<std::chrono::seconds>(id.time()).time_since_epoch().count();
  return {DmarcCountsKey{report::day_of(when), seen.policy.domain, id}.encode(), encode_seen(seen)};
}

}  // namespace yubin::deliver
