#include "kv/body_refs.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"

namespace yubin::kv {

namespace {

// No body's id begins so: its first bytes are a time, and this one comes after the year 500,000.
constexpr char kListPrefix = '\xff';
constexpr std::uint8_t kVersion = 1;

std::string list_key(UniqueId id) {
  return kListPrefix + id.bytes();
}

}  // namespace

Range body_refs_range() {
  return {"", std::string(1, kListPrefix)};
}

Range body_refs_range(BodyId id) {
  return prefix_range(id.bytes());
}

void list_unused(Changes& changes, UniqueIds& ids, std::span<BodyId const> bodies) {
  while (!bodies.empty()) {
    auto const some = bodies.first(std::min(bodies.size(), kUnusedPerRow));
    bodies = bodies.subspan(some.size());
    std::string value;
    ByteWriter writer(value);
    writer.u8(kVersion);
    for (BodyId id : some) writer.bytes(id.bytes());
    changes.put_blind(Table::body_ref, list_key(ids.next()), std::move(value));
  }
}

Range unused_range(WallTime up_to) {
  auto const micros = static_cast<std::uint64_t>(up_to.time_since_epoch().count());
  return {std::string(1, kListPrefix), list_key(UniqueId(micros + 1, 0))};
}

Result<std::vector<BodyId>> decode_unused(std::string_view value) {
  ByteReader reader(value);
  TRY(std::uint8_t const version, reader.u8());
  if (version != kVersion) return fail(Errc::corrupt, fmt::format("a list of unused bodies of version {}", version));
  std::vector<BodyId> bodies;
  while (!reader.at_end()) {
    TRY(std::string_view const bytes, reader.bytes(BodyId::kSize));
    TRY(BodyId const id, BodyId::from_bytes(bytes));
    bodies.push_back(id);
  }
  return bodies;
}

}  // namespace yubin::kv
