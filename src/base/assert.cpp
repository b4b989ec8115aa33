#include "base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace yubin {

void assertion_failed(char const* expression, char const* file, int line) {
  std::fprintf(stderr, "yubin: assertion failed at %s:%d: %s\n", file, line, expression);
  std::fflush(stderr);
  std::abort();
}

}  // namespace yubin
