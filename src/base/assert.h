// YUBIN_ASSERT: what must be true unless we are wrong. It holds in release builds too: it says where, and ends the
// process, because a server that goes on after its own mistake may lose mail.
#pragma once

namespace yubin {
[[noreturn]] void assertion_failed(char const* expression, char const* file, int line);
}

#define YUBIN_ASSERT(expression) \
  ((expression) ? static_cast<void>(0) : ::yubin::assertion_failed(#expression, __FILE__, __LINE__))
