// MemoryFileSystem: files in memory that remember what was synced, for tests of what a loss of power leaves.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "kv/file_system.h"

namespace yubin::kv {

class MemoryFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<File>> create(Path const& path) override;
  Result<std::unique_ptr<File>> open_to_read(Path const& path) override;
  Result<std::uint64_t> size(Path const& path) override;
  Result<Space> space(Path const& path) override;
  Result<> remove(Path const& path) override;
  Result<> make_directory(Path const& path) override;  // directories themselves are not lost
  Result<std::vector<std::string>> list(Path const& path) override;
  Result<> sync_directory(Path const& path) override;

  // As a loss of power: bytes that were not synced, and files whose directory was not synced since they were made, are
  // gone; files removed since are back. Files that are still open go on working on nothing.
  void lose_unsynced();

  // What space() answers; plenty unless set. Nothing is refused for want of it.
  void set_space(Space space);

  // The bytes of a file, to look at and to damage. No File of it is in use.
  std::string& bytes(Path const& path);

 private:
  struct Inode {
    std::string bytes;
    std::string synced;
  };
  using Entries = std::map<std::string, std::shared_ptr<Inode>>;  // by path
  class MemoryFile;

  mutable std::mutex mutex_;
  Space space_{.available = std::uint64_t{1} << 40, .total = std::uint64_t{1} << 40};
  Entries entries_;
  Entries synced_entries_;
};

}  // namespace yubin::kv
