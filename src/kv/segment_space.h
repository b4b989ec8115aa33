// SegmentSpace: how many live bytes each segment has, so that a segment without any can be removed.
//
// For segments of this run it is told when a body is sealed. For those of earlier runs it counts the place rows, page
// by page, beside the work of the server; until all are counted none of these is removed. A dropped body counts as live
// until its place row is gone. Any thread.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "kv/bodies.h"
#include "kv/key_value.h"
#include "kv/segment_format.h"

namespace yubin::kv {

class SegmentSpace {
 public:
  // `rows` outlives this.
  SegmentSpace(KeyValue const& rows, std::vector<std::uint64_t> const& earlier_segments);

  // A segment of this run: appended to from opened() to closed().
  void opened(std::uint64_t segment);
  void closed(std::uint64_t segment);
  void sealed(SegmentPlace const& place);

  // Counts the next page of place rows. False: it was the last one. Errors: those of the store.
  Result<bool> count_page(Limit limit = {});

  // A body lies elsewhere now; `to` was sealed().
  void moved(BodyId id, SegmentPlace const& from, SegmentPlace const& to);
  // What was sealed() there has no row, and never will.
  void unplaced(SegmentPlace const& place);

  void dropped(BodyId id, SegmentPlace const& place);
  std::size_t dropped_and_unconfirmed() const;
  // Looks which place rows of dropped bodies are gone. Errors: those of the store.
  Result<> confirm_drops();
  // Segments without live bytes, each handed out once; the caller removes their files.
  std::vector<std::uint64_t> take_empty();

  // Segments that are not appended to, with their live bytes; those of earlier runs once all are counted.
  std::vector<std::pair<std::uint64_t, std::uint64_t>> closed_segments() const;
  std::uint64_t live_bytes(std::uint64_t segment) const;  // 0: also if there is none
  std::uint64_t live_bytes() const;                       // of all
  // Number, and whether it is closed: all that are there, in order.
  std::vector<std::pair<std::uint64_t, bool>> segments() const;

 private:
  struct Segment {
    bool earlier = false;  // of an earlier run
    bool open = false;
    std::uint64_t live = 0;  // bytes of records
  };
  struct Dropped {
    SegmentPlace place;
    bool counted = false;  // whether Segment::live has it
  };
  bool counting_passed(BodyId id) const;
  std::vector<std::string> confirmable() const;
  void confirm(BodyId id);

  KeyValue const& rows_;
  mutable std::mutex mutex_;
  std::map<std::uint64_t, Segment> segments_;
  std::map<BodyId, Dropped> dropped_;
  std::string counted_up_to_;  // the first key not yet counted
  bool all_counted_ = false;
  bool any_placed_ = false;  // a place row in a segment was seen
};

}  // namespace yubin::kv
