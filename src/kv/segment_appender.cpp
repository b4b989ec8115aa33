#include "kv/segment_appender.h"

#include <algorithm>

#include "base/log.h"
#include "kv/segment_format.h"

namespace yubin::kv {

namespace {

constexpr LogEvent kSegmentFailed{"kv.segment_failed", LogLevel::error,
                                  "a segment could not be written; its bodies were refused, and a new one is begun"};
// Bodies of one write and sync; more of them wait for the next.
constexpr std::size_t kMaxGroupBytes = 4 * 1024 * 1024;

}  // namespace

SegmentAppender::SegmentAppender(FileSystem& files, FileSystem::Path directory, std::uint64_t first_segment,
                                 std::uint64_t segment_bytes, SegmentSpace& space)
    : files_(files),
      directory_(std::move(directory)),
      segment_bytes_(segment_bytes),
      space_(space),
      next_segment_(first_segment),
      small_thread_([this](std::vector<SmallBody> group) { append_group(std::move(group)); }),
      large_thread_([this](std::vector<Returned> group) { take_back_group(std::move(group)); }) {}

SegmentAppender::~SegmentAppender() = default;

void SegmentAppender::sync(SmallBody body) {
  small_thread_.push(std::move(body));
}

void SegmentAppender::sync(LargeBody body) {
  large_thread_.push({std::move(body.segment), body.ref, std::move(body.ticket)});
}

void SegmentAppender::give_back(std::unique_ptr<OpenSegment> segment) {
  large_thread_.push({std::move(segment), std::nullopt, Ticket<SealedBody>::make()});
}

Result<std::unique_ptr<OpenSegment>> SegmentAppender::create() {
  TRY(auto segment, OpenSegment::create(files_, directory_, next_segment_++));
  space_.opened(segment->number());
  ++segments_;
  return segment;
}

Result<std::unique_ptr<OpenSegment>> SegmentAppender::lease() {
  {
    std::lock_guard lock(mutex_);
    if (!unleased_.empty()) {
      auto segment = std::move(unleased_.back());
      unleased_.pop_back();
      return segment;
    }
  }
  return create();
}

void SegmentAppender::finish(Ticket<SealedBody> const& ticket, BodyRef const& ref, SegmentPlace const& place) {
  space_.sealed(place);
  ticket.finish(SealedBody{ref, encode_place(place)});
}

// ---- small bodies

void SegmentAppender::append_group(std::vector<SmallBody> group) {
  std::span<SmallBody const> rest = group;
  while (!rest.empty()) {
    std::size_t count = 0;
    for (std::size_t bytes = 0; count < rest.size() && bytes < kMaxGroupBytes; ++count) {
      bytes += rest[count].record.size();
    }
    auto const bodies = rest.first(count);
    rest = rest.subspan(count);
    auto const places = append(bodies);
    for (std::size_t i = 0; i < count; ++i) {
      if (places) {
        ++small_bodies_;
        finish(bodies[i].ticket, bodies[i].ref, (*places)[i]);
      } else {
        ++failures_;
        bodies[i].ticket.finish(std::unexpected(places.error()));
      }
    }
  }
}

// All of them durable, or none.
Result<std::vector<SegmentPlace>> SegmentAppender::append(std::span<SmallBody const> bodies) {
  TRY_VOID(open_current());
  std::string records;
  std::vector<SegmentPlace> places;
  for (auto const& body : bodies) {
    places.push_back({current_->number(), current_->end() + records.size(), body.ref.size});
    records.append(body.record);
  }
  auto result = current_->write(current_->end(), records);
  if (result) {
    ++syncs_;
    result = current_->commit(current_->end() + records.size());
  }
  if (result) return places;
  log(kSegmentFailed, {{"segment", current_->number()}, {"error", result.error().detail}});
  current_->cut_back();
  return std::unexpected(result.error());
}

Result<> SegmentAppender::open_current() {
  if (current_ && current_->healthy() && current_->end() < segment_bytes_) return {};
  if (current_) space_.closed(current_->number());
  current_.reset();
  TRY(current_, create());
  return {};
}

// ---- large bodies

void SegmentAppender::take_back_group(std::vector<Returned> group) {
  auto const length = [](Returned const& returned) { return returned.ref ? returned.ref->size : 0; };
  std::ranges::sort(group, {}, length);
  for (auto& returned : group) take_back(std::move(returned));
}

void SegmentAppender::take_back(Returned returned) {
  auto& segment = *returned.segment;
  if (!returned.ref) {
    segment.cut_back();
    keep_or_close(std::move(returned.segment));
    return;
  }
  SegmentPlace const place{segment.number(), segment.end(), returned.ref->size};
  ++syncs_;
  auto const result = segment.commit(segment.end() + record_size(place.size));
  if (result) {
    ++large_bodies_;
    finish(returned.ticket, *returned.ref, place);
  } else {
    ++failures_;
    log(kSegmentFailed, {{"segment", place.segment}, {"error", result.error().detail}});
    segment.cut_back();
    returned.ticket.finish(std::unexpected(result.error()));
  }
  keep_or_close(std::move(returned.segment));
}

void SegmentAppender::keep_or_close(std::unique_ptr<OpenSegment> segment) {
  if (segment->healthy() && segment->end() < segment_bytes_) {
    std::lock_guard lock(mutex_);
    unleased_.push_back(std::move(segment));
  } else {
    space_.closed(segment->number());
  }
}

SegmentAppender::Counters SegmentAppender::counters() const {
  return {.small_bodies = small_bodies_,
          .large_bodies = large_bodies_,
          .syncs = syncs_,
          .segments = segments_,
          .failures = failures_};
}

}  // namespace yubin::kv
