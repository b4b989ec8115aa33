#include "kv/segment_bodies.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/log.h"
#include "kv/segment_body_writer.h"

namespace yubin::kv {

namespace {

constexpr LogEvent kCountFailed{"kv.count_failed", LogLevel::error,
                                "the bodies in use could not be counted; no segment of earlier runs is removed"};
constexpr LogEvent kSegmentRemoved{"kv.segment_removed", LogLevel::info, "a segment without bodies in use was removed"};
constexpr LogEvent kNotRemoved{"kv.segment_not_removed", LogLevel::warning, "a segment could not be removed"};
constexpr LogEvent kLowSpace{"kv.low_space", LogLevel::error,
                             "the disk is nearly full: new mail is put off, everything else goes on"};
constexpr LogEvent kRoomAgain{"kv.room_again", LogLevel::warning, "the disk has room again; new mail is taken"};
constexpr std::size_t kConfirmDropsAt = 64;

Error at(SegmentPlace const& place, std::uint64_t offset, std::string_view what) {
  return {Errc::corrupt, fmt::format("segment {:016x} at {}: {}", place.segment, place.offset + offset, what)};
}

// Reads and checks the pieces that hold the wanted bytes, and no others.
class RecordReader {
 public:
  RecordReader(File const& file, BodyId id, SegmentPlace const& place) : file_(file), id_(id), place_(place) {}

  // `length` is at least 1 and ends within the body.
  Result<std::string> read(std::uint64_t offset, std::size_t length) {
    std::uint64_t const first = offset / kPiece;
    std::uint64_t const last = (offset + length - 1) / kPiece;
    std::uint64_t const from = first == 0 ? 0 : piece_offset(first);  // the header comes along with the first piece
    std::uint64_t const to = std::min(piece_offset(last + 1), record_size(place_.size));
    TRY(std::string stored, file_.read(place_.offset + from, to - from));
    if (stored.size() < to - from) return std::unexpected(at(place_, from + stored.size(), "the segment is too short"));
    if (first == 0) TRY_VOID(check_header(stored));
    // What is wanted of the pieces is moved together where it lies.
    std::size_t done = 0;
    std::size_t skip = offset - first * kPiece;
    for (std::uint64_t piece = first; piece <= last; ++piece) {
      std::uint64_t const begin = piece_offset(piece);
      auto const in_stored = std::string_view(stored).substr(begin - from, kPiece + kPieceChecksum);
      auto const checked = check_piece(id_, piece, in_stored);
      if (!checked) return std::unexpected(at(place_, begin, checked.error().detail));
      std::string_view const wanted = checked->substr(std::exchange(skip, 0), length - done);
      std::memmove(stored.data() + done, wanted.data(), wanted.size());
      done += wanted.size();
    }
    stored.resize(done);
    return stored;
  }

 private:
  Result<> check_header(std::string_view stored) {
    auto const header = parse_record_header(stored.substr(0, kRecordHeader));
    if (!header) return std::unexpected(at(place_, 0, header.error().detail));
    if (*header != BodyRef{id_, place_.size}) return std::unexpected(at(place_, 0, "another body"));
    return {};
  }

  File const& file_;
  BodyId const id_;
  SegmentPlace const& place_;
};

Result<std::vector<std::uint64_t>> segments_in(FileSystem& files, FileSystem::Path const& directory) {
  TRY(auto names, files.list(directory));
  std::vector<std::uint64_t> segments;
  for (auto const& name : names) {
    if (auto const number = parse_segment_name(name)) segments.push_back(*number);
  }
  std::ranges::sort(segments);
  return segments;
}

}  // namespace

Result<std::unique_ptr<SegmentBodies>> SegmentBodies::open(std::filesystem::path const& directory, KeyValue const& rows,
                                                           UniqueIds& ids, Options const& options) {
  FileSystem& files = options.files != nullptr ? *options.files : posix_file_system();
  if (!options.read_only) TRY_VOID(files.make_directory(directory));
  TRY(auto const segments, segments_in(files, directory));
  return std::unique_ptr<SegmentBodies>(new SegmentBodies(files, directory, rows, ids, options, segments));
}

SegmentBodies::SegmentBodies(FileSystem& files, std::filesystem::path const& directory, KeyValue const& rows,
                             UniqueIds& ids, Options const& options, std::vector<std::uint64_t> const& earlier)
    : file_system_(files),
      directory_(directory),
      rows_(rows),
      ids_(ids),
      options_(options),
      files_(files, directory, options.max_open_files),
      space_(rows, earlier),
      appender_(files, directory, earlier.empty() ? 1 : earlier.back() + 1, options.segment_bytes, space_),
      rewriter_({files, directory, rows, files_, appender_, space_},
                {.segment_bytes = options.segment_bytes, .bytes_per_second = options.rewrite_bytes_per_second}) {
  if (earlier.empty() || options.read_only) {
    counted_.finish();
  } else {
    counting_ = std::jthread([this](std::stop_token const& stop) { count(stop); });
  }
}

SegmentBodies::~SegmentBodies() = default;

Result<> SegmentBodies::check_room() {
  TRY(Space const space, file_system_.space(directory_));
  std::uint64_t const keep = std::min(options_.low_space, space.total / 100 * options_.low_space_percent);
  bool const low = space.available < keep;
  if (low_.exchange(low) != low) log(low ? kLowSpace : kRoomAgain, {{"available", space.available}, {"keep", keep}});
  if (!low) return {};
  return fail(Errc::limit, fmt::format("{} bytes are left on the disk, {} are kept free", space.available, keep));
}

Result<std::unique_ptr<BodyWriter>> SegmentBodies::begin() {
  if (options_.read_only) return fail(Errc::denied, "these bodies are open for reading only");
  TRY_VOID(check_room());
  if (++open_bodies_ > options_.max_open_bodies) {
    --open_bodies_;
    return fail(Errc::temporary, fmt::format("{} bodies are on their way in already", options_.max_open_bodies));
  }
  return std::make_unique<SegmentBodyWriter>(
      appender_, open_bodies_, ids_.next(),
      SegmentBodyWriter::Limits{.inline_body = options_.inline_body, .spool_memory = options_.spool_memory});
}

Result<std::string> SegmentBodies::read(BodyId id, std::uint64_t offset, std::size_t length) const {
  TRY(auto row, rows_.get(Table::body, id.bytes()));
  for (;;) {
    if (!row) return fail(Errc::not_found, fmt::format("no body {}", id.text()));
    auto bytes = read_from(id, *row, offset, length);
    if (bytes) return bytes;
    // It may have been moved, and the segment removed, after the row was read.
    TRY(auto const now, rows_.get(Table::body, id.bytes()));
    if (now == row) return bytes;
    row = now;
  }
}

Result<std::string> SegmentBodies::read_from(BodyId id, std::string const& row, std::uint64_t offset,
                                             std::size_t length) const {
  TRY(Place place, parse_place(row));
  if (auto* body = std::get_if<InlineBody>(&place)) {
    if (offset == 0 && length >= body->bytes.size()) return std::move(body->bytes);
    return offset < body->bytes.size() ? body->bytes.substr(offset, length) : std::string();
  }
  auto const& in_segment = std::get<SegmentPlace>(place);
  if (offset >= in_segment.size || length == 0) return std::string();
  TRY(auto const file, files_.get(in_segment.segment));
  auto const to_end = static_cast<std::size_t>(in_segment.size - offset);
  return RecordReader(*file, id, in_segment).read(offset, std::min(length, to_end));
}

Result<std::vector<std::optional<std::string>>> SegmentBodies::read_small(std::span<BodyId const> ids) const {
  std::vector<std::string> keys;
  keys.reserve(ids.size());
  for (BodyId const& id : ids) keys.push_back(id.bytes());
  TRY(std::vector<std::optional<std::string>> rows, rows_.multi_get(Table::body, keys));
  for (std::optional<std::string>& row : rows) {
    if (row && !take_inline_bytes(*row)) row.reset();
  }
  return rows;
}

Result<> SegmentBodies::drop(BodyId id) {
  TRY(auto const row, rows_.get(Table::body, id.bytes()));
  if (!row) return {};
  TRY(Place const place, parse_place(*row));
  if (auto const* in_segment = std::get_if<SegmentPlace>(&place)) space_.dropped(id, *in_segment);
  if (space_.dropped_and_unconfirmed() >= kConfirmDropsAt) return reclaim();
  return {};
}

std::vector<SegmentBodies::Segment> SegmentBodies::segments() const {
  std::vector<Segment> all;
  for (auto const& [number, closed] : space_.segments()) all.push_back({number, closed});
  return all;
}

SegmentBodies::Hold::Hold(Holds& holds) : holds_(&holds) {
  std::lock_guard lock(holds.mutex);
  ++holds.count;
}

SegmentBodies::Hold::~Hold() {
  if (holds_ == nullptr) return;
  std::lock_guard lock(holds_->mutex);
  --holds_->count;
}

Result<> SegmentBodies::reclaim() {
  TRY_VOID(space_.confirm_drops());
  std::lock_guard lock(holds_.mutex);
  if (holds_.count > 0) return {};
  for (std::uint64_t segment : space_.take_empty()) {
    auto const removed = files_.remove(segment);
    if (removed) ++removed_segments_;
    if (removed) log(kSegmentRemoved, {{"segment", segment}});
    if (!removed) log(kNotRemoved, {{"segment", segment}, {"error", removed.error().detail}});
  }
  return {};
}

Result<> SegmentBodies::rewrite(Committer& committer, SteadyTime now) {
  {
    std::lock_guard lock(holds_.mutex);
    if (holds_.count > 0) return {};
  }
  TRY_VOID(rewriter_.turn(committer, now));
  return reclaim();
}

void SegmentBodies::count(std::stop_token const& stop) {
  Result<bool> more = true;
  while (more && *more && !stop.stop_requested()) more = space_.count_page();
  Result<> result;
  if (!more) result = std::unexpected(more.error());
  if (more && !*more) result = reclaim();
  if (!result) log(kCountFailed, {{"error", result.error().detail}});
  counted_.finish();
}

SegmentBodies::Counters SegmentBodies::counters() const {
  return {.appended = appender_.counters(),
          .live_bytes = space_.live_bytes(),
          .removed_segments = removed_segments_,
          .rewritten = rewriter_.counters()};
}

}  // namespace yubin::kv
