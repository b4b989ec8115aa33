// The second storage seam: the bytes of messages as received, stored once for all recipients, never changed.
//
// A body is written before anything refers to it: begin, append, seal; when the seal's ticket is done the bytes are
// durable. Then a batch puts its rows: where it lies (SealedBody::place, once) and who uses it (body_ref). A body that
// was sealed but never placed is found and dropped when the engine starts again.
//
// Engines: SegmentBodies (segment_bodies.h), MemoryBodies (memory_bodies.h), and FaultyBodies (faulty_bodies.h) around
// any of them; contract: bodies_contract.h.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/unique_id.h"
#include "kv/ticket.h"
#include "kv/types.h"

namespace yubin::kv {

using BodyId = UniqueId;

// What is kept where a body is used.
struct BodyRef {
  BodyId id;
  std::uint64_t size = 0;  // bytes
  friend bool operator==(BodyRef const&, BodyRef const&) = default;
};

// A body that is complete and durable, and the row that says where it is (Table::body, key: the id's bytes).
struct SealedBody {
  BodyRef ref;
  std::string place;  // value of the row; put it in the first batch that refers to the body
};

// One body on its way in. Not shared between threads at the same time. Destroyed unsealed: as if it had never been.
class BodyWriter {
 public:
  virtual ~BodyWriter() = default;
  // Copies `bytes`; up to Options::spool_memory they stay in memory, then they go to a file that is not synced yet.
  // Errors: temporary (disk full, IO); after one, the body is lost.
  virtual Result<> append(std::string_view bytes) = 0;
  virtual std::uint64_t size() const = 0;
  // No more bytes. The ticket is done when they are durable; nobody blocks on the sync. Once only.
  virtual Ticket<SealedBody> seal() = 0;
};

class Bodies {
 public:
  virtual ~Bodies() = default;

  // Any thread. Errors: temporary (no space, too many open bodies).
  virtual Result<std::unique_ptr<BodyWriter>> begin() = 0;
  // The bytes from `offset`, at most `length` and at most up to the body's end. Once its place row is committed. Any
  // thread.
  // Errors: not_found (no such body), corrupt (a checksum does not match), temporary.
  virtual Result<std::string> read(BodyId id, std::uint64_t offset, std::size_t length) const = 0;
  // As read() of each whole body, by one look-up for all; but only of those that are so small that their bytes lie in
  // their rows. None of the others. Any thread. Errors: corrupt, temporary.
  virtual Result<std::vector<std::optional<std::string>>> read_small(std::span<BodyId const> ids) const {
    return std::vector<std::optional<std::string>>(ids.size());
  }
  // Gives the space back, now or later. Only when no row refers to it. The caller erases its place row in a batch after
  // this; the space counts as free once that is committed, so a crash between the two loses nothing. Any thread.
  virtual Result<> drop(BodyId id) = 0;
};

}  // namespace yubin::kv
