#include "net/timer_wheel.h"

#include <algorithm>

#include "base/assert.h"

namespace yubin::net {
namespace {

template <class Link>
void make_empty(Link& head) {
  head.previous = head.next = &head;
}

template <class Link>
void unlink(Link& link) {
  link.previous->next = link.next;
  link.next->previous = link.previous;
  link.previous = link.next = nullptr;
}

template <class Link>
void append(Link& head, Link& link) {
  link.previous = head.previous;
  link.next = &head;
  head.previous->next = &link;
  head.previous = &link;
}

}  // namespace

void Timer::disarm() {
  if (!armed()) return;
  unlink(link_);
  --*armed_count_;
}

TimerWheel::TimerWheel(SteadyTime now) : start_(now) {
  for (Timer::Link& slot : slots_) make_empty(slot);
}

TimerWheel::~TimerWheel() {
  YUBIN_ASSERT(empty());
}

void TimerWheel::arm(Timer& timer, SteadyTime due) {
  timer.disarm();
  // Rounded up, so that nothing fires early; at least the next slot, since this one has had its turn.
  auto const since = std::max(due - start_, SteadyTime::duration::zero());
  std::uint64_t const slot = static_cast<std::uint64_t>(since / kSlot) + (since % kSlot > SteadyTime::duration::zero());
  timer.due_ = std::max(slot, now_ + 1);
  timer.link_.timer = &timer;
  timer.armed_count_ = &armed_;
  append(slots_[timer.due_ % kSlots], timer.link_);
  ++armed_;
}

void TimerWheel::collect_due(Timer::Link& slot, Timer::Link& due) const {
  for (Timer::Link* link = slot.next; link != &slot;) {
    Timer::Link* const next = link->next;
    if (link->timer->due_ <= now_) {
      unlink(*link);
      append(due, *link);
    }
    link = next;
  }
}

void TimerWheel::advance(SteadyTime now) {
  auto const since = std::max(now - start_, SteadyTime::duration::zero());
  auto const target = static_cast<std::uint64_t>(since / kSlot);
  if (target <= now_) return;
  // After a long pause one turn sees every slot.
  std::uint64_t const visits = std::min<std::uint64_t>(target - now_, kSlots);
  now_ = target;
  Timer::Link due;
  make_empty(due);
  for (std::uint64_t i = visits; i-- > 0;) collect_due(slots_[(target - i) % kSlots], due);
  // A timer that fires may disarm others that are due with it: they leave this list by themselves.
  while (due.next != &due) {
    Timer& timer = *due.next->timer;
    timer.disarm();
    timer.on_expiry_();
  }
}

}  // namespace yubin::net
