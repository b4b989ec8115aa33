// OpenSegment: a segment file that is being appended to. One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "kv/file_system.h"

namespace yubin::kv {

class OpenSegment {
 public:
  // A new file with its header. `files` outlives it. Errors: those of the file system; then there is no such file.
  static Result<std::unique_ptr<OpenSegment>> create(FileSystem& files, FileSystem::Path const& directory,
                                                     std::uint64_t number);

  std::uint64_t number() const { return number_; }
  // Where the next record begins: all bytes before are durable, what comes after is being written.
  std::uint64_t end() const { return end_; }
  // False after an error: nothing more may be appended, because what the kernel still holds of it is unknown.
  bool healthy() const { return healthy_; }

  Result<> write(std::uint64_t offset, std::string_view bytes);
  void start_writing_back(std::uint64_t offset, std::uint64_t length) { file_->start_writing_back(offset, length); }
  // Makes what was written durable, the file's name too, and moves end() there. Blocks.
  Result<> commit(std::uint64_t new_end);
  // Takes back what was written after end().
  void cut_back();

 private:
  OpenSegment(FileSystem& files, FileSystem::Path directory, std::uint64_t number, std::unique_ptr<File> file);
  Result<> note(Result<> result);

  FileSystem& files_;
  FileSystem::Path const directory_;
  std::uint64_t const number_;
  std::unique_ptr<File> file_;
  std::uint64_t end_;
  bool name_is_durable_ = false;
  bool healthy_ = true;
};

}  // namespace yubin::kv
