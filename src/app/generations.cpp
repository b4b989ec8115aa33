#include "app/generations.h"

#include "base/bytes.h"

namespace yubin::app {

namespace {

constexpr char const* kKey = "generation";
constexpr std::uint8_t kVersion = 1;

Result<std::uint64_t> last_generation(kv::KeyValue const& rows) {
  TRY(auto row, rows.get(kv::Table::server, kKey));
  if (!row) return 0;
  ByteReader reader(*row);
  TRY(std::uint8_t version, reader.u8());
  if (version != kVersion) return fail(Errc::corrupt, "the number of the settings is of an unknown version");
  return reader.varint();
}

}  // namespace

Result<std::uint64_t> next_generation(kv::KeyValue const& rows, kv::Committer& committer) {
  TRY(std::uint64_t const last, last_generation(rows));
  std::string value(1, static_cast<char>(kVersion));
  ByteWriter(value).varint(last + 1);
  kv::Batch batch;
  batch.put(kv::Table::server, kKey, std::move(value));
  TRY_VOID(committer.commit(std::move(batch)));
  return last + 1;
}

}  // namespace yubin::app
