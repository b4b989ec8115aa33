#include "tests/faults/allocations.h"

#include <atomic>
#include <climits>
#include <cstdlib>
#include <new>

#include "tests/faults/power_cut.h"

namespace {

std::atomic<long> left = -1;  // until the one that fails; below 0: none does

void* allocate(std::size_t size, std::size_t alignment) {
  bool const counts = left.load(std::memory_order_relaxed) >= 0 && power_cut_inside() == 0;
  if (counts && left.fetch_sub(1) == 0) throw std::bad_alloc();
  // aligned_alloc() wants a multiple.
  void* const memory = alignment == 0 ? std::malloc(size == 0 ? 1 : size)
                                      : std::aligned_alloc(alignment, (size + alignment) / alignment * alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

void* operator new(std::size_t size) {
  return allocate(size, 0);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}

namespace yubin::faults {

void fail_allocation(long at) {
  left = at - 1;
}

bool end_of_allocations() {
  return left.exchange(-1) < 0;
}

void count_allocations() {
  left = LONG_MAX;
}

long counted_allocations() {
  return LONG_MAX - left.exchange(-1);
}

}  // namespace yubin::faults
