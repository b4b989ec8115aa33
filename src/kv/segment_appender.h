// SegmentAppender: writes complete bodies into segments and makes them durable, many with one sync.
//
// Small bodies come as finished records; one thread appends all that wait to one segment and syncs it once. A large
// body is written by its own writer into a segment leased to it; another thread syncs those, the shortest first, so
// that a 50 MB message never stands before a small one. A segment in which a write or a sync failed is cut back to its
// last good record and not appended to again; so is every segment of an earlier run, whose end may be torn.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "kv/bodies.h"
#include "kv/group_thread.h"
#include "kv/open_segment.h"
#include "kv/segment_space.h"

namespace yubin::kv {

class SegmentAppender {
 public:
  struct Counters {
    std::uint64_t small_bodies = 0;  // durable
    std::uint64_t large_bodies = 0;  // durable
    std::uint64_t syncs = 0;         // of segments
    std::uint64_t segments = 0;      // made
    std::uint64_t failures = 0;      // bodies whose ticket failed
  };

  struct SmallBody {
    BodyRef ref;
    std::string record;
    Ticket<SealedBody> ticket;
  };
  struct LargeBody {
    BodyRef ref;
    std::unique_ptr<OpenSegment> segment;  // its record is the one from end() on, written but not synced
    Ticket<SealedBody> ticket;
  };

  // `files` and `space` outlive this. Segments get numbers from `first_segment` on.
  SegmentAppender(FileSystem& files, FileSystem::Path directory, std::uint64_t first_segment,
                  std::uint64_t segment_bytes, SegmentSpace& space);
  ~SegmentAppender();  // syncs what was handed over

  // Any thread; neither blocks.
  void sync(SmallBody body);
  void sync(LargeBody body);

  // A segment for one large body. Any thread. Errors: those of the file system.
  Result<std::unique_ptr<OpenSegment>> lease();
  // What was written after its end() is dropped. Any thread; does not block.
  void give_back(std::unique_ptr<OpenSegment> segment);

  // A segment for the caller alone, to be appended to and then closed() in the space. Any thread.
  Result<std::unique_ptr<OpenSegment>> create();

  Counters counters() const;

 private:
  // A leased segment that comes back, with or without a body to make durable.
  struct Returned {
    std::unique_ptr<OpenSegment> segment;
    std::optional<BodyRef> ref;
    Ticket<SealedBody> ticket;
  };

  void append_group(std::vector<SmallBody> group);
  Result<std::vector<SegmentPlace>> append(std::span<SmallBody const> bodies);
  Result<> open_current();
  void take_back_group(std::vector<Returned> group);
  void take_back(Returned returned);
  void keep_or_close(std::unique_ptr<OpenSegment> segment);
  void finish(Ticket<SealedBody> const& ticket, BodyRef const& ref, SegmentPlace const& place);

  FileSystem& files_;
  FileSystem::Path const directory_;
  std::uint64_t const segment_bytes_;
  SegmentSpace& space_;
  std::atomic<std::uint64_t> next_segment_;

  std::unique_ptr<OpenSegment> current_;  // of small bodies; only their thread uses it
  std::mutex mutex_;
  std::vector<std::unique_ptr<OpenSegment>> unleased_;

  std::atomic<std::uint64_t> small_bodies_ = 0;
  std::atomic<std::uint64_t> large_bodies_ = 0;
  std::atomic<std::uint64_t> syncs_ = 0;
  std::atomic<std::uint64_t> segments_ = 0;
  std::atomic<std::uint64_t> failures_ = 0;

  GroupThread<SmallBody> small_thread_;
  GroupThread<Returned> large_thread_;
};

}  // namespace yubin::kv
