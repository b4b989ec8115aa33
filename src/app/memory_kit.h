// For tests that count memory.
#pragma once

#include <malloc.h>

#include <cstddef>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define YUBIN_COUNTS_BY_SANITIZER 1
// NOLINTNEXTLINE(readability-identifier-naming): its name
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();
#endif
#endif

namespace yubin::app::kit {

// What the program asked the allocator for and has not given back.
inline std::size_t allocated_bytes() {
#ifdef YUBIN_COUNTS_BY_SANITIZER
  return __sanitizer_get_current_allocated_bytes();
#else
  return ::mallinfo2().uordblks;
#endif
}

}  // namespace yubin::app::kit
