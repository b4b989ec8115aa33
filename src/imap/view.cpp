#include "imap/view.h"

#include <algorithm>
#include <iterator>

namespace yubin::imap {

using store::Uid;

namespace {

// Sorted, and ranges that touch or overlap joined.
std::vector<SeqRange> joined(std::vector<SeqRange> ranges) {
  std::ranges::sort(ranges, {}, &SeqRange::first);
  std::vector<SeqRange> out;
  for (SeqRange const& range : ranges) {
    if (!out.empty() && range.first.value() <= std::uint64_t{out.back().last.value()} + 1) {
      out.back().last = std::max(out.back().last, range.last);
    } else {
      out.push_back(range);
    }
  }
  return out;
}

}  // namespace

View::View(store::Mailbox const& mailbox, std::vector<Uid> uids, Access access)
    : mailbox_(mailbox.id),
      uid_validity_(mailbox.uid_validity),
      access_(access),
      uids_(std::move(uids)),
      last_uid_(uids_.empty() ? Uid(0) : uids_.back()),
      keywords_(mailbox.keywords),
      modseq_(mailbox.highest_modseq),
      told_modseq_(mailbox.highest_modseq) {}

std::optional<SeqNum> View::find(Uid uid) const {
  auto place = std::ranges::lower_bound(uids_, uid);
  if (place == uids_.end() || *place != uid) return std::nullopt;
  return SeqNum(static_cast<std::uint32_t>(place - uids_.begin()) + 1);
}

std::uint32_t View::largest(Numbers numbers) const {
  if (uids_.empty()) return 0;
  return numbers == Numbers::sequence ? exists() : uids_.back().value();
}

Result<std::vector<SeqRange>> View::resolve(SequenceSet const& set, Numbers numbers) const {
  // RFC 9051 section 9, seq-number: a number that is not in use is an error.
  std::uint32_t most = largest(numbers);
  auto in_use = [&](std::optional<std::uint32_t> number) { return number.value_or(most) <= most && most > 0; };
  auto good = [&](SequenceRange const& range) { return in_use(range.first) && in_use(range.last); };
  if (numbers == Numbers::sequence && set != kSavedResult && !std::ranges::all_of(set, good))
    return fail(Errc::limit, "There is no message with that sequence number");
  return find_all(set, numbers);
}

std::vector<SeqRange> View::find_all(SequenceSet const& set, Numbers numbers) const {
  if (set == kSavedResult) return find_all(saved_);
  std::uint32_t most = largest(numbers);
  std::vector<SeqRange> out;
  for (SequenceRange const& range : set) {
    std::uint32_t const first = range.first.value_or(most);
    std::uint32_t const last = range.last.value_or(most);
    std::uint32_t const low = std::min(first, last);
    std::uint32_t const high = std::max(first, last);
    if (numbers == Numbers::sequence) {
      if (low > 0 && low <= most) out.push_back({SeqNum(low), SeqNum(std::min(high, most))});
      continue;
    }
    if (std::optional<SeqRange> found = between(Uid(low), Uid(high))) out.push_back(*found);
  }
  return joined(std::move(out));
}

std::vector<SeqRange> View::find_all(std::span<store::UidRange const> uids) const {
  std::vector<SeqRange> out;
  for (store::UidRange const& range : uids) {
    if (std::optional<SeqRange> found = between(range.first, range.last)) out.push_back(*found);
  }
  return joined(std::move(out));
}

std::optional<SeqRange> View::between(Uid first, Uid last) const {
  auto begin = std::ranges::lower_bound(uids_, first);
  auto end = std::ranges::upper_bound(uids_, last);
  if (begin >= end) return std::nullopt;
  return SeqRange{SeqNum(static_cast<std::uint32_t>(begin - uids_.begin()) + 1),
                  SeqNum(static_cast<std::uint32_t>(end - uids_.begin()))};
}

std::vector<store::UidRange> View::uid_ranges(std::span<SeqRange const> ranges) const {
  std::vector<store::UidRange> out;
  out.reserve(ranges.size());
  for (SeqRange const& range : ranges) out.push_back({uid(range.first), uid(range.last)});
  return out;
}

std::vector<store::UidRange> View::all_uids() const {
  if (uids_.empty()) return {};
  return {{uids_.front(), uids_.back()}};
}

bool View::was_told(Uid uid, store::ModSeq modseq) const {
  return std::ranges::binary_search(told_, std::pair(uid, modseq));
}

void View::forget_told() {
  told_.clear();
  told_.shrink_to_fit();
}

void View::add_pending_expunges(std::span<Uid const> uids) {
  std::vector<Uid> merged;
  std::ranges::set_union(pending_, uids, std::back_inserter(merged));
  std::erase_if(merged, [&](Uid uid) { return !find(uid); });
  pending_ = std::move(merged);
}

std::vector<SeqNum> View::take_expunges() {
  std::vector<SeqNum> numbers;
  for (Uid uid : pending_) numbers.push_back(*find(uid));
  std::ranges::reverse(numbers);
  std::erase_if(uids_, [&](Uid uid) { return std::ranges::binary_search(pending_, uid); });
  pending_.clear();
  pending_.shrink_to_fit();
  return numbers;
}

std::size_t View::add_new(std::span<Uid const> uids) {
  auto first = std::ranges::upper_bound(uids, last_uid_);
  uids_.insert(uids_.end(), first, uids.end());
  if (!uids_.empty()) last_uid_ = std::max(last_uid_, uids_.back());
  return static_cast<std::size_t>(uids.end() - first);
}

}  // namespace yubin::imap
