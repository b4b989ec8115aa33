// Landlock (landlock(7)): files and ports that this process may use from now on. For sandbox.cpp.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

#include "base/result.h"

namespace yubin::app {

// 0: the kernel has none, or it is turned off.
int landlock_version();

struct LandlockRules {
  std::span<std::filesystem::path const> read;
  std::span<std::filesystem::path const> read_write;
  std::span<std::filesystem::path const> execute;  // and read
  std::span<std::uint16_t const> connect;          // empty: not restricted
};

// Needs no_new_privs. `version` as above, at least 1; what a later version could do and this cannot is left
// unrestricted.
Result<> restrict_by_landlock(int version, LandlockRules const& rules);

inline constexpr int kLandlockWithPorts = 4;

}  // namespace yubin::app
