// SegmentBodyWriter: one body on its way into the segments, in memory while it is small. As BodyWriter says.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "kv/bodies.h"
#include "kv/segment_appender.h"

namespace yubin::kv {

class SegmentBodyWriter final : public BodyWriter {
 public:
  struct Limits {
    std::size_t inline_body;
    std::size_t spool_memory;
  };

  // `appender` and `open_bodies` outlive it; it counts itself out of `open_bodies` when it goes.
  SegmentBodyWriter(SegmentAppender& appender, std::atomic<std::size_t>& open_bodies, BodyId id, Limits limits);
  ~SegmentBodyWriter() override;

  Result<> append(std::string_view bytes) override;
  std::uint64_t size() const override { return ref_.size; }
  Ticket<SealedBody> seal() override;

 private:
  Result<> spill();
  std::string take_pieces(std::size_t up_to);
  Result<> write_pieces(std::size_t up_to);
  Result<> finish_record();

  SegmentAppender& appender_;
  std::atomic<std::size_t>& open_bodies_;
  Limits const limits_;
  BodyRef ref_;
  std::string buffer_;                    // bytes of the body not yet in a piece
  std::uint64_t pieces_ = 0;              // taken out of the buffer
  std::unique_ptr<OpenSegment> segment_;  // once the body is large
  std::uint64_t written_ = 0;             // of its record: bytes in the segment, with room for the record's header
  std::optional<Error> failed_;
  bool sealed_ = false;
};

}  // namespace yubin::kv
