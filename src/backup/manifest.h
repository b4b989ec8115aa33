// What a backup holds, in its file `manifest`: lines of text, the last one a checksum of those before.
//
//   yubin-backup 1
//   id 0c4v…                                 of the backup; its time is when it began
//   store 3f6c…                              which store it is of: the same for all backups of one database
//   finished 1795311005000000                microseconds since 1970
//   base 0c4u…                               the backup whose files were taken over; "-" if none
//   file CHECKSUM SIZE MTIME PATH            one line a file: XXH3 with 128 bits in hex, bytes, nanoseconds since 1970,
//                                            the path below the backup's folder with %XX for all but [A-Za-z0-9._/-]
//   end CHECKSUM                             of all lines above
//
// A folder without a whole manifest is no backup.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/unique_id.h"

namespace yubin::backup {

struct FileEntry {
  std::string path;      // "rows/000012.sst"; no "..", not absolute
  std::string checksum;  // 32 hex digits
  std::uint64_t size = 0;
  std::int64_t mtime = 0;  // nanoseconds since 1970, of the file that was copied
  friend bool operator==(FileEntry const&, FileEntry const&) = default;
};

struct Manifest {
  UniqueId id;
  std::string store;
  WallTime finished{};
  std::optional<UniqueId> base{};
  std::vector<FileEntry> files{};
  friend bool operator==(Manifest const&, Manifest const&) = default;

  WallTime started() const { return id.time(); }
  std::uint64_t bytes() const;
  FileEntry const* find(std::string_view path) const;  // null if it is not there
};

inline constexpr char const* kManifestName = "manifest";
inline constexpr std::size_t kMaxManifest = 64 * 1024 * 1024;  // bytes

std::string encode_manifest(Manifest const& manifest);
// Errors: corrupt; conflict: of a later version of the program.
Result<Manifest> parse_manifest(std::string_view text);

}  // namespace yubin::backup
