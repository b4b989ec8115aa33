#include "dns/resolver.h"

#include <fmt/format.h>

#include <ranges>

namespace yubin::dns {

Question Question::reverse(IpAddress const& address) {
  std::string name;
  for (std::uint8_t byte : address.bytes() | std::views::reverse)
    name += address.is_v4() ? fmt::format("{}.", byte) : fmt::format("{:x}.{:x}.", byte & 0xf, byte >> 4);
  return {RecordType::ptr, name + (address.is_v4() ? "in-addr.arpa" : "ip6.arpa")};
}

}  // namespace yubin::dns
