#include "backup/reader.h"

#include <fmt/format.h>

#include "backup/files.h"
#include "store/format.h"

namespace yubin::backup {

Result<std::unique_ptr<Reader>> Reader::open(std::filesystem::path const& backup) {
  std::unique_ptr<Reader> reader(new Reader());
  TRY(reader->manifest_, read_manifest(backup));
  for (FileEntry const& file : reader->manifest_.files) {
    TRY(FileEntry now, look_at(backup / file.path));
    if (now.size != file.size) {
      return fail(Errc::corrupt, fmt::format("{} has {} bytes and should have {}", (backup / file.path).native(),
                                             now.size, file.size));
    }
  }
  kv::RocksKeyValue::Options rows;
  rows.read_only = true;
  TRY(reader->rows_, kv::RocksKeyValue::open(backup / "rows", rows));
  TRY_VOID(store::check_format(*reader->rows_));
  kv::SegmentBodies::Options bodies;
  bodies.read_only = true;
  TRY(reader->bodies_, kv::SegmentBodies::open(backup / "bodies", *reader->rows_, reader->ids_, bodies));
  reader->committer_ = std::make_unique<kv::Committer>(*reader->rows_, kv::Committer::Options{});
  reader->changer_ = std::make_unique<kv::Changer>(*reader->rows_, *reader->committer_, reader->here_);
  reader->store_ = std::make_unique<store::Store>(
      store::Store::Services{*reader->rows_, *reader->bodies_, *reader->changer_, reader->clock_, reader->ids_});
  return reader;
}

}  // namespace yubin::backup
