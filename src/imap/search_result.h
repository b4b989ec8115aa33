// What SEARCH has found, and how it is told: as SEARCH (RFC 3501 section 7.2.5) or as ESEARCH (RFC 9051 section 7.3.4).
#pragma once

#include <optional>
#include <vector>

#include "imap/context.h"
#include "imap/search_key.h"

namespace yubin::imap {

// Consecutive numbers, both ends included.
struct PositionRange {
  std::uint32_t first;
  std::uint32_t last;
};
// Those numbers of ascending ranges whose places are in the window.
std::vector<PositionRange> cut_to_window(std::vector<PositionRange> const& ranges, Window const& window);

// Memory: ranges, so one for all messages that lie side by side.
class SearchResult {
 public:
  explicit SearchResult(Numbers numbers) : numbers_(numbers) {}

  // In ascending order.
  void add(SeqNum number, store::MessageState const& state);

  struct Found {
    std::uint32_t number;  // or UID
    store::Uid uid;
    store::ModSeq modseq;
  };
  Numbers numbers() const { return numbers_; }
  std::uint64_t count() const { return count_; }
  std::optional<Found> const& first() const { return first_; }
  std::optional<Found> const& last() const { return last_; }
  store::ModSeq highest_modseq() const { return highest_modseq_; }
  using Range = PositionRange;
  std::vector<Range> const& ranges() const { return ranges_; }
  std::vector<store::UidRange> const& uids() const { return uids_; }  // for "$"

 private:
  Numbers numbers_;
  std::uint64_t count_ = 0;
  std::optional<Found> first_;
  std::optional<Found> last_;
  std::optional<SeqNum> last_number_;
  store::ModSeq highest_modseq_;
  std::vector<Range> ranges_;
  std::vector<store::UidRange> uids_;
};

enum class ModSeqs { told, not_told };

// One line, in slices.
Task<Done> put_search(Context& context, SearchResult const& result, ModSeqs modseqs);
// Nothing if only SAVE was asked for.
Task<Done> put_esearch(Context& context, SearchResult const& result, SearchReturn const& returns, ModSeqs modseqs);

// RFC 5182 section 2.1: the UIDs that SAVE keeps; with MIN or MAX and without ALL and COUNT only those.
std::vector<store::UidRange> saved_uids(SearchResult const& result, SearchReturn const& returns);

}  // namespace yubin::imap
