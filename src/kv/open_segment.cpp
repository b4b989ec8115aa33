#include "kv/open_segment.h"

#include "kv/segment_format.h"

namespace yubin::kv {

OpenSegment::OpenSegment(FileSystem& files, FileSystem::Path directory, std::uint64_t number,
                         std::unique_ptr<File> file)
    : files_(files), directory_(std::move(directory)), number_(number), file_(std::move(file)), end_(kSegmentHeader) {}

Result<std::unique_ptr<OpenSegment>> OpenSegment::create(FileSystem& files, FileSystem::Path const& directory,
                                                         std::uint64_t number) {
  auto const path = directory / segment_name(number);
  TRY(auto file, files.create(path));
  if (auto written = file->write(0, segment_header(number)); !written) {
    (void)files.remove(path);  // if it stays, it is an empty segment, which the next start removes
    return std::unexpected(written.error());
  }
  return std::unique_ptr<OpenSegment>(new OpenSegment(files, directory, number, std::move(file)));
}

Result<> OpenSegment::note(Result<> result) {
  if (!result) healthy_ = false;
  return result;
}

Result<> OpenSegment::write(std::uint64_t offset, std::string_view bytes) {
  return note(file_->write(offset, bytes));
}

Result<> OpenSegment::commit(std::uint64_t new_end) {
  TRY_VOID(note(file_->sync()));
  if (!name_is_durable_) TRY_VOID(note(files_.sync_directory(directory_)));
  name_is_durable_ = true;
  end_ = new_end;
  return {};
}

void OpenSegment::cut_back() {
  (void)note(file_->truncate(end_));
}

}  // namespace yubin::kv
