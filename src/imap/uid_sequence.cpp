#include "imap/uid_sequence.h"

#include <algorithm>
#include <utility>

namespace yubin::imap {

using store::Uid;

Uid UidSequence::last() const {
  return at(size_ - 1);
}

Uid UidSequence::at(std::uint32_t index) const {
  auto const run = std::prev(std::ranges::upper_bound(runs_, index, {}, &Run::before));
  return Uid(run->first.value() + (index - run->before));
}

std::uint32_t UidSequence::rank(Uid uid) const {
  auto const next = std::ranges::upper_bound(runs_, uid, {}, &Run::first);
  if (next == runs_.begin()) return 0;
  auto const run = std::prev(next);
  return std::min(run->before + (uid.value() - run->first.value()),
                  end_of(static_cast<std::size_t>(run - runs_.begin())));
}

std::vector<Uid> UidSequence::all() const {
  std::vector<Uid> out;
  out.reserve(size_);
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    std::uint32_t const length = end_of(i) - runs_[i].before;
    for (std::uint32_t j = 0; j < length; ++j) out.emplace_back(runs_[i].first.value() + j);
  }
  return out;
}

void UidSequence::append_missing(store::UidRange const& range, std::vector<store::UidRange>& out) const {
  std::uint64_t next = range.first.value();
  auto run = std::ranges::upper_bound(runs_, range.first, {}, &Run::first);
  if (run != runs_.begin()) --run;
  for (; run != runs_.end() && run->first <= range.last; ++run) {
    std::uint64_t const first = run->first.value();
    if (next < first) out.push_back({Uid(static_cast<std::uint32_t>(next)), Uid(run->first.value() - 1)});
    next = std::max(next, first + (end_of(static_cast<std::size_t>(run - runs_.begin())) - run->before));
  }
  if (next <= range.last.value()) out.push_back({Uid(static_cast<std::uint32_t>(next)), range.last});
}

void UidSequence::append(std::span<Uid const> ascending) {
  for (Uid uid : ascending) append(uid);
}

void UidSequence::append(Uid uid) {
  if (runs_.empty() || std::uint64_t{runs_.back().first.value()} + (size_ - runs_.back().before) != uid.value())
    runs_.push_back({uid, size_});
  ++size_;
}

void UidSequence::erase(std::span<Uid const> ascending) {
  UidSequence kept;
  auto gone = ascending.begin();
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    std::uint64_t const end = std::uint64_t{runs_[i].first.value()} + (end_of(i) - runs_[i].before);
    std::uint64_t next = runs_[i].first.value();
    auto keep_until = [&](std::uint64_t until) {
      if (next >= until) return;
      kept.runs_.push_back({Uid(static_cast<std::uint32_t>(next)), kept.size_});
      kept.size_ += static_cast<std::uint32_t>(until - next);
    };
    gone = std::find_if(gone, ascending.end(), [&](Uid uid) { return uid >= runs_[i].first; });
    for (; gone != ascending.end() && gone->value() < end; ++gone) {
      keep_until(gone->value());
      next = std::uint64_t{gone->value()} + 1;
    }
    keep_until(end);
  }
  *this = std::move(kept);
}

}  // namespace yubin::imap
