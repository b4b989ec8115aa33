#include "store/format.h"

#include <fmt/format.h>

#include "base/bytes.h"

namespace yubin::store {

namespace {

constexpr char const* kKey = "format";
constexpr std::uint8_t kVersion = 1;
constexpr std::uint64_t kFirst = 1;

Result<std::uint64_t> read_format(kv::KeyValue const& rows) {
  TRY(auto row, rows.get(kv::Table::server, kKey));
  if (!row) return kFirst;
  ByteReader reader(*row);
  TRY(std::uint8_t version, reader.u8());
  if (version != kVersion) return UINT64_MAX;
  return reader.varint();
}

}  // namespace

Result<> check_format(kv::KeyValue const& rows) {
  TRY(std::uint64_t format, read_format(rows));
  if (format <= kFormat) return {};
  return fail(Errc::conflict,
              fmt::format("the store was written by a later version of Yubin (format {}; this one knows "
                          "up to {}); install that version, or restore a backup that is older",
                          format, kFormat));
}

Result<> claim_format(kv::KeyValue& rows) {
  TRY_VOID(check_format(rows));
  TRY(std::uint64_t format, read_format(rows));
  if (format == kFormat) return {};
  std::string value(1, static_cast<char>(kVersion));
  ByteWriter(value).varint(kFormat);
  kv::Batch batch;
  batch.put(kv::Table::server, kKey, std::move(value));
  kv::Batch const* const batches[] = {&batch};
  TRY(auto results, rows.write(batches));
  return results.front();
}

}  // namespace yubin::store
