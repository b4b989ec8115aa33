// The rewriter: makes room in segments of which more than half is dead, by copying what is alive to new segments.
//
// Per turn: the next records of the segment whose place rows still point at them are copied, checked by their
// checksums, and synced; then one batch changes their place rows, on condition that they are as they were read; only
// then the old records count as dead. When nothing in the segment is alive, its file is removed as that of any other.
// So a crash between any two steps leaves each body where its row says. A reader that has the file open goes on with
// it; one that comes late finds the new place.
//
// A batch whose outcome is unknown is written again until it is known, before anything else is moved.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "kv/committer.h"
#include "kv/file_system.h"
#include "kv/segment_appender.h"
#include "kv/segment_files.h"
#include "kv/segment_format.h"
#include "kv/segment_space.h"

namespace yubin::kv {

class SegmentRewriter {
 public:
  struct Options {
    std::uint64_t segment_bytes;
    std::uint64_t bytes_per_second;  // copied; a turn copies as much, or one body if that is longer
  };
  struct Counters {
    std::uint64_t bodies = 0;   // moved
    std::uint64_t bytes = 0;    // of their records
    std::uint64_t damaged = 0;  // segments that cannot be emptied, because something in them cannot be read
  };
  struct Parts {  // all outlive the rewriter
    FileSystem& files;
    FileSystem::Path directory;
    KeyValue const& rows;
    SegmentFiles& readers;
    SegmentAppender& appender;
    SegmentSpace& space;
  };

  SegmentRewriter(Parts parts, Options options) : parts_(std::move(parts)), options_(options) {}
  ~SegmentRewriter();

  // One turn, if the last one's bytes are paid for by the time that has passed. Blocks on two syncs. One thread at a
  // time. Errors: those of the files and of the rows; it goes on where it was the next time.
  Result<> turn(Committer& committer, SteadyTime now);
  Counters counters() const { return {.bodies = bodies_, .bytes = bytes_, .damaged = damaged_count_}; }  // any thread

 private:
  struct Record {  // in the segment that is being emptied
    BodyRef ref;
    std::uint64_t offset;
  };
  struct Move {
    BodyId id;
    SegmentPlace from;
    SegmentPlace to;
  };
  struct Source {
    std::uint64_t number;
    std::uint64_t size;
    std::shared_ptr<File const> file;
    std::uint64_t next = kSegmentHeader;  // offset of the first record not looked at
  };

  Result<bool> choose();
  Result<std::uint64_t> size_of(std::uint64_t segment);
  Result<std::vector<Record>> read_headers();
  Result<std::vector<Record>> alive(std::vector<Record> const& records) const;
  Result<> copy(std::vector<Record> const& records);
  Result<> copy_record(Record const& record, std::uint64_t to_offset);
  Result<> open_target();
  void close_target();
  Result<> commit_moves(Committer& committer);
  Result<> look_where_they_are();
  void leave_source();

  Parts const parts_;
  Options const options_;
  std::optional<Source> source_;
  std::unique_ptr<OpenSegment> target_;
  std::vector<Move> moves_;                       // copied and synced; their rows are not known to be changed
  std::map<std::uint64_t, std::uint64_t> sizes_;  // of closed segments, which do not change
  std::set<std::uint64_t> damaged_;               // not tried again in this run
  SteadyTime not_before_{};
  std::uint64_t copied_in_turn_ = 0;
  std::atomic<std::uint64_t> bodies_ = 0;
  std::atomic<std::uint64_t> bytes_ = 0;
  std::atomic<std::uint64_t> damaged_count_ = 0;
};

}  // namespace yubin::kv
