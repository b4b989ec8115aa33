// How much an account, or all accounts of a domain together, may send.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace yubin::directory {

// In the last hour, or the last 24. Each address of a message is a recipient, here or elsewhere.
enum class SendingLimit : std::uint8_t { messages_per_hour, messages_per_day, recipients_per_hour, recipients_per_day };
inline constexpr std::size_t kSendingLimits = 4;
// In their order: "messages_per_hour".
inline constexpr std::array<std::string_view, kSendingLimits> kSendingLimitNames = {
    "messages_per_hour", "messages_per_day", "recipients_per_hour", "recipients_per_day"};

using SendingLimits = std::array<std::uint64_t, kSendingLimits>;                    // 0: no limit
using OwnSendingLimits = std::array<std::optional<std::uint64_t>, kSendingLimits>;  // none: what holds for all

// What is set for all. A thousand recipients an hour are more than a person writes to and less than a thief of
// passwords wants.
struct SendingRules {
  SendingLimits account{0, 0, 1000, 5000};
  SendingLimits domain{};
};

constexpr SendingLimits in_force(SendingLimits limits, OwnSendingLimits const& own) {
  for (std::size_t i = 0; i < kSendingLimits; ++i) limits[i] = own[i].value_or(limits[i]);
  return limits;
}

}  // namespace yubin::directory
