// The collector: gives back the bodies that nothing refers to any more.
//
// A body that is listed as unused (body_refs.h) is dropped when its list is older than the grace period and there is no
// reference to it; the grace is for sessions that have not told their client of an EXPUNGE yet. It reads what was
// listed, never all bodies.
//
// Why no body is dropped that a change is just giving a reference to: references are given by changes that place the
// body, or that read another user's row in the same account and so stand in its account's order. If the committed state
// has no reference, no change that is on its way can have read one. Who keeps a BodyRef outside of such rows, for
// longer than the grace, must not use it for a new reference.
#pragma once

#include <chrono>
#include <cstdint>

#include "base/clock.h"
#include "base/upkeep.h"
#include "kv/bodies.h"
#include "kv/committer.h"
#include "kv/key_value.h"

namespace yubin::kv {

class Collector {
 public:
  struct Options {
    std::chrono::seconds grace = std::chrono::hours(1);  // from the last reference's end to the drop
  };
  struct Counters {
    std::uint64_t looked_at = 0;  // entries of lists
    std::uint64_t dropped = 0;    // bodies
  };

  // All outlive this.
  Collector(KeyValue const& rows, Committer& committer, Bodies& bodies, Clock const& clock, Options options)
      : rows_(rows), committer_(committer), bodies_(bodies), clock_(clock), options_(options) {}

  // Works off the next list that is old enough, in one commit. `done`: there is none. Blocks on the commit. One thread
  // at a time. Errors: those of the engines; then nothing is changed, and the list is there the next time.
  Result<Turn> collect();
  Counters const& counters() const { return counters_; }  // on the same thread

 private:
  Result<> collect_row(Row const& row, Batch& batch);
  Result<> collect_body(BodyId id, Batch& batch);

  KeyValue const& rows_;
  Committer& committer_;
  Bodies& bodies_;
  Clock const& clock_;
  Options const options_;
  Counters counters_;
};

}  // namespace yubin::kv
