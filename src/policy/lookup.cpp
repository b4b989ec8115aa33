#include "policy/lookup.h"

#include <fmt/format.h>

#include <ranges>

#include "base/text.h"

namespace yubin::policy {

std::string_view to_string(RecordType type) {
  switch (type) {
    case RecordType::a:
      return "A";
    case RecordType::ptr:
      return "PTR";
    case RecordType::mx:
      return "MX";
    case RecordType::txt:
      return "TXT";
    case RecordType::aaaa:
      return "AAAA";
    case RecordType::tlsa:
      return "TLSA";
  }
  return "unknown";
}

std::string_view to_string(Existence existence) {
  switch (existence) {
    case Existence::found:
      return "found";
    case Existence::no_name:
      return "no such name";
    case Existence::no_data:
      return "no data";
    case Existence::temporary:
      return "temporary failure";
    case Existence::bogus:
      return "bogus";
  }
  return "unknown";
}

Question::Question(std::string_view name, RecordType type) : name_(to_lower(name)), type_(type) {
  if (name_.ends_with('.')) name_.pop_back();
}

std::string reverse_name(IpAddress const& address) {
  std::string out;
  for (std::uint8_t byte : address.bytes() | std::views::reverse)
    out += address.is_v4() ? fmt::format("{}.", byte) : fmt::format("{:x}.{:x}.", byte & 15, byte >> 4);
  return out + (address.is_v4() ? "in-addr.arpa" : "ip6.arpa");
}

}  // namespace yubin::policy
