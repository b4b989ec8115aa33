#include "kv/segment_space.h"

#include "base/log.h"

namespace yubin::kv {

namespace {

constexpr LogEvent kBadPlace{"kv.bad_place_row", LogLevel::error, "a row that says where a body lies is damaged"};
constexpr std::size_t kConfirmAtOnce = 256;

std::uint64_t bytes_of(SegmentPlace const& place) {
  return record_size(place.size);
}

}  // namespace

SegmentSpace::SegmentSpace(KeyValue const& rows, std::vector<std::uint64_t> const& earlier_segments)
    : rows_(rows), all_counted_(earlier_segments.empty()) {
  for (std::uint64_t segment : earlier_segments) segments_[segment].earlier = true;
}

void SegmentSpace::opened(std::uint64_t segment) {
  std::lock_guard lock(mutex_);
  segments_[segment].open = true;
}

void SegmentSpace::closed(std::uint64_t segment) {
  std::lock_guard lock(mutex_);
  segments_[segment].open = false;
}

void SegmentSpace::sealed(SegmentPlace const& place) {
  std::lock_guard lock(mutex_);
  segments_[place.segment].live += bytes_of(place);
}

Result<bool> SegmentSpace::count_page(Limit limit) {
  TRY(Page page, rows_.scan(Table::body, {counted_up_to_, ""}, limit));
  std::lock_guard lock(mutex_);
  for (auto const& row : page.rows) {
    auto const id = BodyId::from_bytes(row.key);
    auto const place = parse_place(row.value);
    if (!id || !place) {
      log(kBadPlace, {{"key", to_hex(row.key)}});
      continue;
    }
    auto const* in_segment = std::get_if<SegmentPlace>(&*place);
    if (in_segment == nullptr) continue;
    any_placed_ = true;
    auto const segment = segments_.find(in_segment->segment);
    if (segment == segments_.end() || !segment->second.earlier) continue;
    segment->second.live += bytes_of(*in_segment);
    if (auto drop = dropped_.find(*id); drop != dropped_.end()) drop->second.counted = true;
  }
  all_counted_ = !page.next;
  if (page.next) counted_up_to_ = *page.next;
  return !all_counted_;
}

bool SegmentSpace::counting_passed(BodyId id) const {
  return all_counted_ || id.bytes() < counted_up_to_;
}

void SegmentSpace::moved(BodyId id, SegmentPlace const& from, SegmentPlace const& to) {
  std::lock_guard lock(mutex_);
  segments_[from.segment].live -= bytes_of(from);
  if (auto const drop = dropped_.find(id); drop != dropped_.end()) drop->second.place = to;
}

void SegmentSpace::unplaced(SegmentPlace const& place) {
  std::lock_guard lock(mutex_);
  segments_[place.segment].live -= bytes_of(place);
}

void SegmentSpace::dropped(BodyId id, SegmentPlace const& place) {
  std::lock_guard lock(mutex_);
  auto const segment = segments_.find(place.segment);
  if (segment == segments_.end()) return;  // it is missing; readers have been told
  dropped_.try_emplace(id, Dropped{place, !segment->second.earlier || counting_passed(id)});
}

std::size_t SegmentSpace::dropped_and_unconfirmed() const {
  std::lock_guard lock(mutex_);
  return dropped_.size();
}

// Those that counting has not reached wait: a page that was read before the row went would bring it back.
std::vector<std::string> SegmentSpace::confirmable() const {
  std::lock_guard lock(mutex_);
  std::vector<std::string> keys;
  for (auto const& [id, drop] : dropped_) {
    if (drop.counted || counting_passed(id)) keys.push_back(id.bytes());
  }
  return keys;
}

Result<> SegmentSpace::confirm_drops() {
  auto const keys = confirmable();
  for (std::size_t first = 0; first < keys.size(); first += kConfirmAtOnce) {
    std::span<std::string const> const some(keys.begin() + static_cast<std::ptrdiff_t>(first),
                                            std::min(kConfirmAtOnce, keys.size() - first));
    TRY(auto rows, rows_.multi_get(Table::body, some));
    for (std::size_t i = 0; i < some.size(); ++i) {
      if (rows[i]) continue;
      TRY(BodyId id, BodyId::from_bytes(some[i]));
      confirm(id);
    }
  }
  return {};
}

void SegmentSpace::confirm(BodyId id) {
  std::lock_guard lock(mutex_);
  auto const drop = dropped_.find(id);
  if (drop == dropped_.end()) return;  // another thread was first
  if (drop->second.counted) segments_[drop->second.place.segment].live -= bytes_of(drop->second.place);
  dropped_.erase(drop);
}

std::vector<std::uint64_t> SegmentSpace::take_empty() {
  std::lock_guard lock(mutex_);
  std::vector<std::uint64_t> empty;
  std::erase_if(segments_, [&](auto const& entry) {
    auto const& [number, segment] = entry;
    // If no row at all points into a segment, these files and these rows may not belong together: leave the files.
    bool const removable = segment.live == 0 && !segment.open && (!segment.earlier || (all_counted_ && any_placed_));
    if (removable) empty.push_back(number);
    return removable;
  });
  return empty;
}

std::vector<std::pair<std::uint64_t, std::uint64_t>> SegmentSpace::closed_segments() const {
  std::lock_guard lock(mutex_);
  std::vector<std::pair<std::uint64_t, std::uint64_t>> closed;
  for (auto const& [number, segment] : segments_) {
    if (!segment.open && (!segment.earlier || (all_counted_ && any_placed_))) closed.emplace_back(number, segment.live);
  }
  return closed;
}

std::uint64_t SegmentSpace::live_bytes(std::uint64_t segment) const {
  std::lock_guard lock(mutex_);
  auto const found = segments_.find(segment);
  return found == segments_.end() ? 0 : found->second.live;
}

std::vector<std::pair<std::uint64_t, bool>> SegmentSpace::segments() const {
  std::lock_guard lock(mutex_);
  std::vector<std::pair<std::uint64_t, bool>> all;
  for (auto const& [number, segment] : segments_) all.emplace_back(number, !segment.open);
  return all;
}

std::uint64_t SegmentSpace::live_bytes() const {
  std::lock_guard lock(mutex_);
  std::uint64_t sum = 0;
  for (auto const& [number, segment] : segments_) sum += segment.live;
  return sum;
}

}  // namespace yubin::kv
