#include "report/rows.h"

#include <xxhash.h>

#include <algorithm>
#include <array>

#include "base/bytes.h"

namespace yubin::report {

namespace {

constexpr std::size_t kIdentity = 16;
constexpr std::int64_t kSecondsPerDay = 24 * 60 * 60;

std::string head_of(Kind kind, std::string_view domain) {
  return static_cast<char>(kind) + std::string(domain) + '\0';
}

std::string day_key(Kind kind, std::string_view domain, Day day) {
  std::string key = head_of(kind, domain);
  ByteWriter(key).u32(day);
  return key;
}

std::string bytes_of(IpAddress const& address) {
  auto const bytes = address.bytes();
  return {bytes.begin(), bytes.end()};
}

Result<IpAddress> address_of(std::string_view bytes) {
  if (bytes.size() == 4) {
    std::array<std::uint8_t, 4> v4{};
    std::ranges::copy(bytes, v4.begin());
    return IpAddress::v4(v4);
  }
  if (bytes.size() != 16) return fail(Errc::corrupt, "the key of a name has no address");
  std::array<std::uint8_t, 16> v6{};
  std::ranges::copy(bytes, v6.begin());
  return IpAddress::v6(v6);
}

std::string due_key(std::int64_t due) {
  std::string key(1, static_cast<char>(Kind::name_due));
  ByteWriter(key).u64(static_cast<std::uint64_t>(std::max<std::int64_t>(due, 0)));
  return key;
}

}  // namespace

Day day_of(std::int64_t seconds) {
  return static_cast<Day>(std::max<std::int64_t>(seconds, 0) / kSecondsPerDay);
}

Day day_of(std::int64_t begin, std::int64_t end) {
  return day_of(begin + (end - begin) / 2);
}

Identity identity_of(std::string_view organization, std::string_view id) {
  std::string both;
  ByteWriter writer(both);
  writer.text(organization);
  writer.text(id);
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits(both.data(), both.size()));
  return {reinterpret_cast<char const*>(canonical.digest), sizeof canonical.digest};
}

std::string RowKey::encode() const {
  std::string key = day_key(kind, domain, day);
  ByteWriter writer(key);
  writer.bytes(identity);
  writer.u16(part);
  return key;
}

Result<RowKey> RowKey::decode(std::string_view key) {
  std::size_t const end = key.find('\0');
  if (end == std::string_view::npos || end == 0) return fail(Errc::corrupt, "the key of a report that is none");
  RowKey out{.kind = static_cast<Kind>(key[0]), .domain = std::string(key.substr(1, end - 1)), .identity = {}};
  ByteReader reader(key.substr(end + 1));
  TRY(out.day, reader.u32());
  TRY(out.identity, reader.bytes(kIdentity));
  TRY(out.part, reader.u16());
  if (!reader.at_end()) return fail(Errc::corrupt, "something follows the key of a report");
  return out;
}

kv::Range kind_range(Kind kind) {
  return kv::prefix_range(std::string(1, static_cast<char>(kind)));
}

kv::Range days_range(Kind kind, std::string_view domain, Day from, Day to) {
  return {day_key(kind, domain, from), prefix_end(day_key(kind, domain, to))};
}

std::string mark_key(Kind kind, std::string_view domain, Identity const& identity) {
  return head_of(kind, domain) + identity;
}

std::string size_key(std::string_view domain, Day day) {
  return RowKey{.kind = Kind::size, .domain = std::string(domain), .day = day, .identity = Identity(kIdentity, '\0')}
      .encode();
}

std::string name_key(IpAddress const& address) {
  return static_cast<char>(Kind::name) + bytes_of(address);
}

Result<IpAddress> decode_name_key(std::string_view key) {
  return address_of(key.substr(std::min<std::size_t>(1, key.size())));
}

std::string NameDue::encode() const {
  return due_key(due) + bytes_of(address);
}

Result<NameDue> NameDue::decode(std::string_view key) {
  ByteReader reader(key.substr(std::min<std::size_t>(1, key.size())));
  TRY(std::uint64_t const due, reader.u64());
  TRY(IpAddress const address, address_of(reader.rest()));
  return NameDue{static_cast<std::int64_t>(due), address};
}

kv::Range names_due_range(std::int64_t until) {
  return {due_key(0), due_key(until + 1)};
}

}  // namespace yubin::report
