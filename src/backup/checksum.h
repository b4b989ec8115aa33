// XXH3 with 128 bits: finds what a disk or a hand has changed, not who meant to.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace yubin::backup {

inline constexpr std::size_t kChecksumBytes = 16;

class Checksum {
 public:
  Checksum();
  ~Checksum();
  void add(std::string_view bytes);
  std::string hex() const;  // of all that was added; 32 digits

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string checksum_of(std::string_view bytes);

}  // namespace yubin::backup
