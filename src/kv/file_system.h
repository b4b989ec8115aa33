// The file system as segments see it: an interface, so that tests fail the nth call, write short, fill the disk, and
// drop what was not synced.
//
// Engines: posix_file_system(), MemoryFileSystem (memory_file_system.h), FaultyFileSystem (faulty_file_system.h).
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace yubin::kv {

// An open file. Reading is safe from any thread; writing, syncing and truncating from one thread at a time.
// Errors: temporary (no space, IO), denied.
class File {
 public:
  virtual ~File() = default;
  // All of `bytes`, or an Error after which any part of them may have been written.
  virtual Result<> write(std::uint64_t offset, std::string_view bytes) = 0;
  // Fewer than `length` bytes only at the end of the file.
  virtual Result<std::string> read(std::uint64_t offset, std::size_t length) const = 0;
  // Blocks until all that was written is on the disk. After an Error, what was written since the last good sync is lost
  // whatever a later sync says: the kernel may have dropped it.
  virtual Result<> sync() = 0;
  virtual Result<> truncate(std::uint64_t size) = 0;
  // Asks the kernel to write these bytes soon, so that a later sync has less to wait for. Does not block on it.
  virtual void start_writing_back(std::uint64_t offset, std::uint64_t length) = 0;
};

// Bytes.
struct Space {
  std::uint64_t available = 0;  // to this process
  std::uint64_t total = 0;
};

// Any thread. Errors: temporary, denied, not_found.
class FileSystem {
 public:
  using Path = std::filesystem::path;

  virtual ~FileSystem() = default;
  virtual Result<std::unique_ptr<File>> create(Path const& path) = 0;  // conflict if it exists
  virtual Result<std::unique_ptr<File>> open_to_read(Path const& path) = 0;
  virtual Result<std::uint64_t> size(Path const& path) = 0;  // of a file, in bytes
  virtual Result<Space> space(Path const& path) = 0;         // of the file system that the path is on
  virtual Result<> remove(Path const& path) = 0;
  virtual Result<> make_directory(Path const& path) = 0;                // and its parents, durably; fine if it exists
  virtual Result<std::vector<std::string>> list(Path const& path) = 0;  // names, in no order
  // Until then a file that was made or removed in it may be as before after a loss of power.
  virtual Result<> sync_directory(Path const& path) = 0;
};

// The machine's. Lives as long as the process.
FileSystem& posix_file_system();

}  // namespace yubin::kv
