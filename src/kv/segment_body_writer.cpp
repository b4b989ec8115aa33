#include "kv/segment_body_writer.h"

#include <algorithm>

#include "base/assert.h"
#include "kv/segment_format.h"

namespace yubin::kv {

SegmentBodyWriter::SegmentBodyWriter(SegmentAppender& appender, std::atomic<std::size_t>& open_bodies, BodyId id,
                                     Limits limits)
    : appender_(appender), open_bodies_(open_bodies), limits_(limits), ref_{id, 0} {}

SegmentBodyWriter::~SegmentBodyWriter() {
  if (segment_) appender_.give_back(std::move(segment_));
  --open_bodies_;
}

Result<> SegmentBodyWriter::append(std::string_view bytes) {
  YUBIN_ASSERT(!sealed_);
  if (failed_) return std::unexpected(*failed_);
  std::size_t const spool = std::max(limits_.spool_memory, kPiece);
  while (!bytes.empty()) {
    std::string_view const some = bytes.substr(0, spool + 1 - buffer_.size());
    buffer_.append(some);
    ref_.size += some.size();
    bytes.remove_prefix(some.size());
    if (buffer_.size() <= spool) continue;
    if (auto spilled = spill(); !spilled) {
      failed_ = spilled.error();
      return spilled;
    }
  }
  return {};
}

// The record's header is written last, when the size is known.
Result<> SegmentBodyWriter::spill() {
  if (!segment_) {
    TRY(segment_, appender_.lease());
    written_ = kRecordHeader;
  }
  return write_pieces(buffer_.size() / kPiece * kPiece);
}

// Turns the buffer's first bytes into pieces with their checksums.
std::string SegmentBodyWriter::take_pieces(std::size_t up_to) {
  std::string pieces;
  pieces.reserve(up_to + (up_to / kPiece + 1) * kPieceChecksum);
  for (std::size_t begin = 0; begin < up_to; begin += kPiece) {
    auto const piece = std::string_view(buffer_).substr(begin, std::min(kPiece, up_to - begin));
    append_piece(pieces, ref_.id, pieces_++, piece);
  }
  buffer_.erase(0, up_to);
  return pieces;
}

Result<> SegmentBodyWriter::write_pieces(std::size_t up_to) {
  std::string const pieces = take_pieces(up_to);
  std::uint64_t const at = segment_->end() + written_;
  TRY_VOID(segment_->write(at, pieces));
  segment_->start_writing_back(at, pieces.size());
  written_ += pieces.size();
  return {};
}

Result<> SegmentBodyWriter::finish_record() {
  TRY_VOID(write_pieces(buffer_.size()));
  return segment_->write(segment_->end(), record_header(ref_));
}

Ticket<SealedBody> SegmentBodyWriter::seal() {
  YUBIN_ASSERT(!sealed_);
  sealed_ = true;
  if (failed_) return Ticket<SealedBody>::failed(*failed_);
  if (segment_) {
    if (auto finished = finish_record(); !finished) return Ticket<SealedBody>::failed(finished.error());
    auto const ticket = Ticket<SealedBody>::make();
    appender_.sync(SegmentAppender::LargeBody{ref_, std::move(segment_), ticket});
    return ticket;
  }
  if (ref_.size <= limits_.inline_body) {
    return Ticket<SealedBody>::done_with(SealedBody{ref_, encode_place(InlineBody{std::move(buffer_)})});
  }
  auto const ticket = Ticket<SealedBody>::make();
  std::string record = record_header(ref_);
  record.append(take_pieces(buffer_.size()));
  appender_.sync(SegmentAppender::SmallBody{ref_, std::move(record), ticket});
  return ticket;
}

}  // namespace yubin::kv
