// Randomness, given in: the system's for keys and identifiers, a seeded one for tests that must repeat.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <random>
#include <span>
#include <string>

namespace yubin {

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::byte> out) = 0;  // any thread

  std::uint64_t u64();
  // `length` characters of [a-z0-9] without 0, 1, l and o, which people misread: about 5 bits each.
  std::string token(std::size_t length);
};

// The kernel's generator (getrandom); fit for keys and passwords.
class SystemRandom final : public Random {
 public:
  void fill(std::span<std::byte> out) override;
};

// Repeatable, for tests only.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
  void fill(std::span<std::byte> out) override;

 private:
  std::mutex mutex_;
  std::mt19937_64 engine_;
};

}  // namespace yubin
