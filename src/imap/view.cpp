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

View::View(store::Mailbox const& mailbox, std::span<Uid const> uids, Access access)
    : mailbox_(mailbox.id),
      uid_validity_(mailbox.uid_validity),
      access_(access),
      uids_(uids),
      last_uid_(uids.empty() ? Uid(0) : uids.back()),
      keywords_(mailbox.keywords),
      modseq_(mailbox.highest_modseq),
      told_modseq_(mailbox.highest_modseq) {}

std::optional<SeqNum> View::find(Uid uid) const {
  if (!uids_.contains(uid)) return std::nullopt;
  return SeqNum(uids_.rank(uid) + 1);
}

std::uint32_t View::largest(Numbers numbers) const {
  if (uids_.empty()) return 0;
  return numbers == Numbers::sequence ? exists() : uids_.last().value();
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
  std::uint32_t const begin = uids_.rank(first);
  std::uint32_t const end = uids_.rank(last) + (uids_.contains(last) ? 1 : 0);
  if (begin >= end) return std::nullopt;
  return SeqRange{SeqNum(begin + 1), SeqNum(end)};
}

std::vector<store::UidRange> View::uid_ranges(std::span<SeqRange const> ranges) const {
  std::vector<store::UidRange> out;
  out.reserve(ranges.size());
  for (SeqRange const& range : ranges) out.push_back({uid(range.first), uid(range.last)});
  return out;
}

std::vector<store::UidRange> View::all_uids() const {
  if (uids_.empty()) return {};
  return {{uids_.at(0), uids_.last()}};
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
  uids_.erase(pending_);
  pending_.clear();
  pending_.shrink_to_fit();
  return numbers;
}

std::size_t View::add_new(std::span<Uid const> uids) {
  auto first = std::ranges::upper_bound(uids, last_uid_);
  std::span<Uid const> const news(first, uids.end());
  uids_.append(news);
  if (!news.empty()) last_uid_ = news.back();
  return news.size();
}

}  // namespace yubin::imap
