#include "auth/network.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace yubin::auth {

Network Network::of(std::string_view ip) {
  std::string const text(ip);
  std::array<unsigned char, 16> bytes{};
  if (::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1)
    return Network(fmt::format("{}.{}.{}.0/24", bytes[0], bytes[1], bytes[2]));
  if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) return Network(text);
  // RFC 4291 section 2.5.5.2
  static constexpr std::array<unsigned char, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (std::equal(kMapped.begin(), kMapped.end(), bytes.begin()))
    return Network(fmt::format("{}.{}.{}.0/24", bytes[12], bytes[13], bytes[14]));
  std::fill(bytes.begin() + 7, bytes.end(), static_cast<unsigned char>(0));
  std::array<char, INET6_ADDRSTRLEN> out;
  return Network(fmt::format("{}/56", ::inet_ntop(AF_INET6, bytes.data(), out.data(), out.size())));
}

}  // namespace yubin::auth
