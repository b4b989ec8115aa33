// Making a backup, of a store that is in use or not.
//
// The order is what makes it whole (docs/decisions): first a hold, so that no segment is removed; then the checkpoint
// of the rows, the moment that the backup is of; then the list of segments. A body is durable in its segment before the
// batch that refers to it is written, so whatever the checkpoint refers to is in the segments listed after it. Files
// that nobody changes any more (table files, closed segments) are linked where the file system allows it, and taken
// over from the backup before when it has them; the rest is copied as long as it is then.
#pragma once

#include <filesystem>
#include <vector>

#include "backup/manifest.h"
#include "base/clock.h"
#include "base/result.h"
#include "kv/rocks_key_value.h"
#include "kv/segment_bodies.h"

namespace yubin::backup {

// What is backed up. All outlives the call.
struct Source {
  kv::RocksKeyValue const& rows;
  kv::SegmentBodies& bodies;
  std::filesystem::path directory;           // of the store
  std::vector<std::filesystem::path> files;  // configuration, certificates, keys: absolute; those that are not there
                                             // are passed over
  kv::FileSystem& file_system;               // for what is written
};

struct Created {
  std::filesystem::path path;
  Manifest manifest;
  std::uint64_t copied = 0;  // bytes that were not taken over from the backup before
};

// Into a new folder below `target`, which is made. Takes as long as reading and copying does; blocks. What was begun is
// removed when it fails; if that fails too, its name still says that it is unfinished. One at a time for a store.
// Errors: temporary (no space, IO), denied; one sentence for people.
Result<Created> create(Source const& source, std::filesystem::path const& target, UniqueIds& ids, Clock const& clock);

}  // namespace yubin::backup
