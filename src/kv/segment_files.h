// SegmentFiles: segments open for reading, the least recently used closed first. Any thread.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "base/result.h"
#include "kv/file_system.h"

namespace yubin::kv {

class SegmentFiles {
 public:
  // `files` outlives this.
  SegmentFiles(FileSystem& files, FileSystem::Path directory, std::size_t max_open)
      : files_(files), directory_(std::move(directory)), max_open_(max_open) {}

  // The file, its header checked when it is opened; it stays open while the pointer lives.
  // Errors: corrupt (it is missing, or another file), temporary.
  Result<std::shared_ptr<File const>> get(std::uint64_t segment);
  // Closes the segment and removes its file.
  Result<> remove(std::uint64_t segment);

 private:
  struct Entry {
    std::uint64_t segment;
    std::shared_ptr<File const> file;
  };
  std::shared_ptr<File const> find(std::uint64_t segment);
  Result<std::shared_ptr<File const>> open(std::uint64_t segment);
  void keep(std::uint64_t segment, std::shared_ptr<File const> const& file);

  FileSystem& files_;
  FileSystem::Path const directory_;
  std::size_t const max_open_;
  std::mutex mutex_;
  std::list<Entry> recent_;  // most recently used first
  std::unordered_map<std::uint64_t, std::list<Entry>::iterator> by_segment_;
};

}  // namespace yubin::kv
