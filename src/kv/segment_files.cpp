#include "kv/segment_files.h"

#include <fmt/format.h>

#include "kv/segment_format.h"

namespace yubin::kv {

std::shared_ptr<File const> SegmentFiles::find(std::uint64_t segment) {
  std::lock_guard lock(mutex_);
  auto const found = by_segment_.find(segment);
  if (found == by_segment_.end()) return nullptr;
  recent_.splice(recent_.begin(), recent_, found->second);
  return found->second->file;
}

Result<std::shared_ptr<File const>> SegmentFiles::open(std::uint64_t segment) {
  auto opened = files_.open_to_read(directory_ / segment_name(segment));
  if (!opened && opened.error().code == Errc::not_found) {
    return fail(Errc::corrupt, fmt::format("segment {:016x} is missing", segment));
  }
  if (!opened) return std::unexpected(opened.error());
  std::shared_ptr<File const> file = std::move(*opened);
  TRY(std::string header, file->read(0, kSegmentHeader));
  if (auto checked = check_segment_header(header, segment); !checked) {
    return fail(Errc::corrupt, fmt::format("segment {:016x} at 0: {}", segment, checked.error().detail));
  }
  return file;
}

void SegmentFiles::keep(std::uint64_t segment, std::shared_ptr<File const> const& file) {
  std::lock_guard lock(mutex_);
  if (by_segment_.contains(segment)) return;  // another thread was first
  recent_.push_front({segment, file});
  by_segment_.emplace(segment, recent_.begin());
  if (recent_.size() <= max_open_) return;
  by_segment_.erase(recent_.back().segment);
  recent_.pop_back();
}

Result<std::shared_ptr<File const>> SegmentFiles::get(std::uint64_t segment) {
  if (auto file = find(segment)) return file;
  TRY(auto file, open(segment));
  keep(segment, file);
  return file;
}

Result<> SegmentFiles::remove(std::uint64_t segment) {
  {
    std::lock_guard lock(mutex_);
    if (auto const found = by_segment_.find(segment); found != by_segment_.end()) {
      recent_.erase(found->second);
      by_segment_.erase(found);
    }
  }
  return files_.remove(directory_ / segment_name(segment));
}

}  // namespace yubin::kv
