// The UIDs of a mailbox in their order, and so which message has which sequence number. UIDs that follow one another
// take 8 bytes together, so a mailbox of a million messages costs a session what was deleted from its middle.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "store/types.h"

namespace yubin::imap {

// One thread at a time. Looking one up is logarithmic in the number of gaps.
class UidSequence {
 public:
  UidSequence() = default;
  explicit UidSequence(std::span<store::Uid const> ascending) { append(ascending); }

  bool empty() const { return size_ == 0; }
  std::uint32_t size() const { return size_; }
  store::Uid last() const;                   // not of an empty one
  store::Uid at(std::uint32_t index) const;  // below size()
  std::uint32_t rank(store::Uid uid) const;  // how many are below it
  bool contains(store::Uid uid) const { return rank(uid) < size_ && at(rank(uid)) == uid; }
  std::vector<store::Uid> all() const;
  // Adds to `out` what of the range is not here.
  void append_missing(store::UidRange const& range, std::vector<store::UidRange>& out) const;

  void append(std::span<store::Uid const> ascending);  // all of them above last()
  void erase(std::span<store::Uid const> ascending);   // those that are here

 private:
  struct Run {
    store::Uid first;
    std::uint32_t before;  // how many messages stand before it
  };

  std::uint32_t end_of(std::size_t run) const { return run + 1 < runs_.size() ? runs_[run + 1].before : size_; }
  void append(store::Uid uid);

  std::vector<Run> runs_;
  std::uint32_t size_ = 0;
};

}  // namespace yubin::imap
