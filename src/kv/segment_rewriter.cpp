#include "kv/segment_rewriter.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"

namespace yubin::kv {

namespace {

constexpr LogEvent kCannotEmpty{"kv.segment_damaged", LogLevel::error,
                                "a segment with much dead space holds something that cannot be read, and stays"};
constexpr std::size_t kHeadersAtOnce = 256;

std::string place_row(SegmentPlace const& place) {
  return encode_place(place);
}

}  // namespace

SegmentRewriter::~SegmentRewriter() {
  close_target();
}

Result<> SegmentRewriter::turn(Committer& committer, SteadyTime now) {
  if (now < not_before_) return {};
  if (!moves_.empty()) TRY_VOID(commit_moves(committer));
  TRY(bool const chosen, choose());
  if (!chosen) return {};
  copied_in_turn_ = 0;
  while (source_ && copied_in_turn_ < options_.bytes_per_second) {
    TRY(auto const records, read_headers());
    if (records.empty()) {
      leave_source();
      break;
    }
    TRY(auto const living, alive(records));
    TRY_VOID(copy(living));
    if (!source_) break;  // a record of it is damaged
    source_->next = records.back().offset + record_size(records.back().ref.size);
    TRY_VOID(commit_moves(committer));
  }
  auto const paid_by = static_cast<double>(copied_in_turn_) / static_cast<double>(options_.bytes_per_second);
  not_before_ = now + std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(paid_by));
  return {};
}

// ---- which segment

// The emptiest one of those that are less than half alive. False: there is none.
Result<bool> SegmentRewriter::choose() {
  if (source_) return true;
  std::optional<Source> best;
  std::uint64_t best_live = 0;
  for (auto const& [number, live] : parts_.space.closed_segments()) {
    if (damaged_.contains(number)) continue;
    TRY(std::uint64_t const size, size_of(number));
    if (live * 2 >= size || (best && live >= best_live)) continue;
    best = Source{.number = number, .size = size, .file = nullptr};
    best_live = live;
  }
  if (!best) return false;
  TRY(best->file, parts_.readers.get(best->number));
  source_ = std::move(best);
  return true;
}

Result<std::uint64_t> SegmentRewriter::size_of(std::uint64_t segment) {
  auto const known = sizes_.find(segment);
  if (known != sizes_.end()) return known->second;
  TRY(std::uint64_t const size, parts_.files.size(parts_.directory / segment_name(segment)));
  sizes_.emplace(segment, size);
  return size;
}

// All that had a place is copied, and its rows say so. If something is still counted as alive, it was not found.
void SegmentRewriter::leave_source() {
  std::uint64_t const number = source_->number;
  source_.reset();
  sizes_.erase(number);
  if (parts_.space.live_bytes(number) == 0) return;
  damaged_.insert(number);
  ++damaged_count_;
  log(kCannotEmpty, {{"segment", number}, {"alive", parts_.space.live_bytes(number)}});
}

// ---- what is in it

// The next records; empty at the end. Where no record begins, none follows: an unfinished write is the last thing in a
// segment.
Result<std::vector<SegmentRewriter::Record>> SegmentRewriter::read_headers() {
  std::vector<Record> records;
  std::uint64_t next = source_->next;
  std::uint64_t const enough = next + options_.bytes_per_second;
  while (records.size() < kHeadersAtOnce && next < enough && next < source_->size) {
    TRY(std::string const header, source_->file->read(next, kRecordHeader));
    auto const ref = parse_record_header(header);
    if (!ref || ref->size > source_->size) break;
    records.push_back({*ref, next});
    next += record_size(ref->size);
  }
  return records;
}

// Those whose rows say that they lie here.
Result<std::vector<SegmentRewriter::Record>> SegmentRewriter::alive(std::vector<Record> const& records) const {
  std::vector<std::string> keys;
  keys.reserve(records.size());
  for (auto const& record : records) keys.push_back(record.ref.id.bytes());
  TRY(auto const rows, parts_.rows.multi_get(Table::body, keys));
  std::vector<Record> living;
  for (std::size_t i = 0; i < records.size(); ++i) {
    SegmentPlace const here{source_->number, records[i].offset, records[i].ref.size};
    if (rows[i] == place_row(here)) living.push_back(records[i]);
  }
  return living;
}

// ---- copying

Result<> SegmentRewriter::copy(std::vector<Record> const& records) {
  if (records.empty()) return {};
  TRY_VOID(open_target());
  std::uint64_t end = target_->end();
  std::vector<Move> moves;
  Result<> result;
  for (auto const& record : records) {
    result = copy_record(record, end);
    if (!result) break;
    moves.push_back(
        {record.ref.id, {source_->number, record.offset, record.ref.size}, {target_->number(), end, record.ref.size}});
    end += record_size(record.ref.size);
  }
  bool const damaged = !result && result.error().code == Errc::corrupt;
  if (damaged) {
    damaged_.insert(source_->number);
    ++damaged_count_;
    log(kCannotEmpty, {{"segment", source_->number}, {"error", result.error().detail}});
    source_.reset();
    result = {};
    moves.clear();
  }
  if (result && !moves.empty()) result = target_->commit(end);
  if (!result || damaged) {
    target_->cut_back();
    if (!result) close_target();
    return result;
  }
  for (auto const& move : moves) parts_.space.sealed(move.to);
  copied_in_turn_ += end - moves.front().to.offset;
  moves_ = std::move(moves);
  return {};
}

Result<> SegmentRewriter::copy_record(Record const& record, std::uint64_t to_offset) {
  std::uint64_t const end = record_size(record.ref.size);
  TRY_VOID(target_->write(to_offset, record_header(record.ref)));
  std::uint64_t piece = 0;
  for (std::uint64_t at = kRecordHeader; at < end; at = piece_offset(piece)) {
    std::uint64_t const length = std::min(piece_offset(piece + 1), end) - at;
    TRY(std::string const bytes, source_->file->read(record.offset + at, length));
    auto const checked = check_piece(record.ref.id, piece, bytes);
    if (!checked || bytes.size() != length) {
      return fail(Errc::corrupt, fmt::format("body {} at {}: {}", record.ref.id.text(), record.offset + at,
                                             checked ? "too short" : checked.error().detail));
    }
    TRY_VOID(target_->write(to_offset + at, bytes));
    ++piece;
  }
  return {};
}

Result<> SegmentRewriter::open_target() {
  if (target_ && target_->healthy() && target_->end() < options_.segment_bytes) return {};
  close_target();
  TRY(target_, parts_.appender.create());
  return {};
}

void SegmentRewriter::close_target() {
  if (target_) parts_.space.closed(target_->number());
  target_.reset();
}

// ---- the rows

Result<> SegmentRewriter::commit_moves(Committer& committer) {
  if (moves_.empty()) return {};
  Batch batch;
  for (auto const& move : moves_) {
    batch.require(Table::body, move.id.bytes(), place_row(move.from));
    batch.put(Table::body, move.id.bytes(), place_row(move.to));
  }
  auto const committed = committer.commit(std::move(batch));
  if (!committed && committed.error().code == Errc::conflict) return look_where_they_are();
  if (!committed) return committed;
  for (auto const& move : moves_) {
    parts_.space.moved(move.id, move.from, move.to);
    ++bodies_;
    bytes_ += record_size(move.to.size);
  }
  moves_.clear();
  return {};
}

// A row is not as it was: the body was dropped, or an earlier try went through after all.
Result<> SegmentRewriter::look_where_they_are() {
  std::vector<std::string> keys;
  keys.reserve(moves_.size());
  for (auto const& move : moves_) keys.push_back(move.id.bytes());
  TRY(auto const rows, parts_.rows.multi_get(Table::body, keys));
  for (std::size_t i = 0; i < moves_.size(); ++i) {
    if (rows[i] == place_row(moves_[i].to)) {
      parts_.space.moved(moves_[i].id, moves_[i].from, moves_[i].to);
    } else {
      parts_.space.unplaced(moves_[i].to);
    }
    // Those that were not moved are met again when the segment is looked through once more.
    if (source_) source_->next = std::min(source_->next, moves_[i].from.offset);
  }
  moves_.clear();
  return {};
}

}  // namespace yubin::kv
