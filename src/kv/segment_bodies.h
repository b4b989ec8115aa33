// SegmentBodies: bodies in append-only segment files of one directory (segment_format.h has the bytes), the engine of
// one machine.
//
// A body of at most `inline_body` bytes lies in its place row and is sealed at once. Others are durable when the sync
// threads (segment_appender.h) have written them. Nothing is read at the start but the list of files: new bodies go to
// new segments, and a segment of an earlier run is never changed (a backup may share it by a hard link), only removed
// once the place rows, counted beside the server's work, say that nothing in it is in use.
//
// Damage is found when a piece is read: `corrupt`, with segment and offset. It does not concern other bodies.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <mutex>
#include <thread>

#include "base/completion.h"
#include "kv/bodies.h"
#include "kv/file_system.h"
#include "kv/key_value.h"
#include "kv/segment_appender.h"
#include "kv/segment_files.h"
#include "kv/segment_format.h"
#include "kv/segment_rewriter.h"
#include "kv/segment_space.h"

namespace yubin::kv {

class SegmentBodies final : public Bodies {
  struct Holds;

 public:
  // While one lives no segment file is removed, so what the place rows said when it was taken can be read or linked,
  // whatever is dropped or moved meanwhile. The engine outlives it; any thread.
  class Hold {
   public:
    explicit Hold(Holds& holds);
    Hold(Hold&& other) noexcept : holds_(std::exchange(other.holds_, nullptr)) {}
    Hold& operator=(Hold&& other) = delete;
    ~Hold();

   private:
    Holds* holds_;
  };

  struct Options {
    std::size_t inline_body = 8 * 1024;     // bytes; a larger body goes into a segment
    std::size_t spool_memory = 256 * 1024;  // of a body on its way in; what is more goes to a file; at least 64 KiB
    std::uint64_t segment_bytes = 64 * 1024 * 1024;            // a longer segment is not appended to
    std::size_t max_open_bodies = 1024;                        // on their way in
    std::size_t max_open_files = 256;                          // kept open for reading
    std::uint64_t rewrite_bytes_per_second = 8 * 1024 * 1024;  // copied out of segments that are mostly dead
    // With less than this left on the disk no body is begun: what is left is for expunging, for changes of flags, and
    // for the engines' own work. Bytes, but no more than so many percent of the disk.
    std::uint64_t low_space = 512 * 1024 * 1024;
    unsigned low_space_percent = 10;
    FileSystem* files = nullptr;  // none: the machine's; outlives the engine
    bool read_only = false;       // no body comes in (denied), no segment is counted or removed
  };
  struct Counters {
    SegmentAppender::Counters appended;
    std::uint64_t live_bytes = 0;  // of records; those of earlier runs as far as they are counted
    std::uint64_t removed_segments = 0;
    SegmentRewriter::Counters rewritten;
  };

  // A file of the directory.
  struct Segment {
    std::uint64_t number = 0;
    bool closed = false;  // never changed any more
  };

  // Makes the directory if it is missing. `rows` is where place rows are read from (Table::body); it and `ids` outlive
  // this. Errors: denied, temporary.
  static Result<std::unique_ptr<SegmentBodies>> open(std::filesystem::path const& directory, KeyValue const& rows,
                                                     UniqueIds& ids, Options const& options);
  ~SegmentBodies() override;  // no writer is left; what was sealed is synced

  // Also limit: there is too little room on the disk.
  Result<std::unique_ptr<BodyWriter>> begin() override;
  Result<std::string> read(BodyId id, std::uint64_t offset, std::size_t length) const override;
  Result<std::vector<std::optional<std::string>>> read_small(std::span<BodyId const> ids) const override;
  Result<> drop(BodyId id) override;

  // For a backup: take it, then make the checkpoint of the rows, then link the segments. Waits for removals that are
  // under way (some unlinks).
  Hold hold() { return Hold(holds_); }
  // Those with bodies that were durable before the call, and perhaps others; in the order of their numbers. Any thread.
  std::vector<Segment> segments() const;
  // Removes segments that nothing is in any more, or, while there is a hold, none. drop() does it now and then; call it
  // after the last drop's row is gone. Any thread. Errors: those of the rows.
  Result<> reclaim();
  // A turn of the rewriter, then reclaim(); nothing while there is a hold. Once a second or so; blocks. One thread at a
  // time. Errors: as SegmentRewriter::turn().
  Result<> rewrite(Committer& committer, SteadyTime now);
  // Done when the place rows of earlier runs are counted, or could not be; only then are their segments removed.
  Completion counted() const { return counted_; }
  Counters counters() const;

 private:
  SegmentBodies(FileSystem& files, std::filesystem::path const& directory, KeyValue const& rows, UniqueIds& ids,
                Options const& options, std::vector<std::uint64_t> const& earlier);
  Result<> check_room();
  Result<std::string> read_from(BodyId id, std::string const& row, std::uint64_t offset, std::size_t length) const;
  void count(std::stop_token const& stop);

  struct Holds {
    std::mutex mutex;  // held while files are removed
    std::size_t count = 0;
  };

  FileSystem& file_system_;
  std::filesystem::path const directory_;
  std::atomic<bool> low_ = false;  // as it was found last
  KeyValue const& rows_;
  UniqueIds& ids_;
  Options const options_;
  Holds holds_;
  mutable SegmentFiles files_;
  SegmentSpace space_;
  SegmentAppender appender_;
  SegmentRewriter rewriter_;
  std::atomic<std::size_t> open_bodies_ = 0;
  std::atomic<std::uint64_t> removed_segments_ = 0;
  Completer counted_;
  std::jthread counting_;
};

}  // namespace yubin::kv
