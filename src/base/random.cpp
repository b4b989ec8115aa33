#include "base/random.h"

#include <sys/random.h>

#include <cerrno>
#include <string_view>

#include "base/assert.h"

namespace yubin {

std::uint64_t Random::u64() {
  std::uint64_t value = 0;
  fill(std::as_writable_bytes(std::span(&value, 1)));
  return value;
}

std::string Random::token(std::size_t length) {
  static constexpr std::string_view kAlphabet = "abcdefghijkmnpqrstuvwxyz23456789";
  static_assert(kAlphabet.size() == 32);
  std::string bytes(length, '\0');
  fill(std::as_writable_bytes(std::span(bytes)));
  for (char& c : bytes) c = kAlphabet[static_cast<unsigned char>(c) % kAlphabet.size()];
  return bytes;
}

void SystemRandom::fill(std::span<std::byte> out) {
  while (!out.empty()) {
    ssize_t n = ::getrandom(out.data(), out.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    YUBIN_ASSERT(n > 0);
    out = out.subspan(static_cast<std::size_t>(n));
  }
}

void SeededRandom::fill(std::span<std::byte> out) {
  std::lock_guard lock(mutex_);
  for (std::byte& b : out) b = static_cast<std::byte>(engine_());
}

}  // namespace yubin
