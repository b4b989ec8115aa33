// Which of a service's mechanisms a connection is offered.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace yubin {

enum class SaslChannel { in_clear, tls };

// RFC 5802 section 6: the names that end in -PLUS are bound to the channel, so there must be one.
inline bool is_for(SaslChannel channel, std::string_view mechanism) {
  return channel == SaslChannel::tls || !mechanism.ends_with("-PLUS");
}

inline bool is_offered(std::span<std::string const> mechanisms, SaslChannel channel, std::string_view wanted) {
  return is_for(channel, wanted) && std::ranges::find(mechanisms, wanted) != mechanisms.end();
}

inline std::vector<std::string_view> offered(std::span<std::string const> mechanisms, SaslChannel channel) {
  std::vector<std::string_view> names;
  for (std::string const& name : mechanisms)
    if (is_for(channel, name)) names.emplace_back(name);
  return names;
}

}  // namespace yubin
