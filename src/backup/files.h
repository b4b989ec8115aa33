// Copying the files of a backup: each is read once, checksummed on the way, and synced. Blocks.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "backup/manifest.h"
#include "base/result.h"
#include "kv/file_system.h"

namespace yubin::backup {

enum class Sharing {
  allowed,  // nobody changes the file any more: a hard link will do where the file system has one
  never,    // it may still grow or be cut
};

class Copier {
 public:
  explicit Copier(kv::FileSystem& files) : files_(files) {}  // outlives this

  // `from` as it is now, up to the length that it has now, to `to`, whose folder must exist. The entry's path is empty.
  Result<FileEntry> copy(std::filesystem::path const& from, std::filesystem::path const& to, Sharing sharing);
  // As copy(), but an error (corrupt) when what is read is not what `expected` says.
  Result<> copy_checked(std::filesystem::path const& from, std::filesystem::path const& to, FileEntry const& expected);
  // Errors: corrupt, with what differs.
  Result<> check(std::filesystem::path const& file, FileEntry const& expected);
  // A new file with this content.
  Result<> write(std::filesystem::path const& to, std::string_view content);

  kv::FileSystem& files() { return files_; }

 private:
  Result<FileEntry> read(std::filesystem::path const& from, kv::File* to, std::uint64_t size);
  kv::FileSystem& files_;
};

// Size and modification time. Errors: not_found, temporary.
Result<FileEntry> look_at(std::filesystem::path const& file);

Result<std::string> read_whole(kv::FileSystem& files, std::filesystem::path const& file, std::size_t limit);

}  // namespace yubin::backup
