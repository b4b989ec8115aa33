// Groups are balanced, the result is not larger than the text, the limit holds, and a list with a lower limit is the
// beginning of the one with a higher.
#include "mime/address_list.h"

#include <cstdint>

#include "base/assert.h"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace yubin::mime;
  using Kind = ListedAddress::Kind;
  std::string_view value(reinterpret_cast<char const*>(data), size);
  ParsedAddressList all = parse_address_list(value, 100000);
  bool in_group = false;
  std::size_t bytes = 0;
  for (ListedAddress const& address : all.addresses) {
    if (address.kind == Kind::group_begin) YUBIN_ASSERT(!in_group);
    if (address.kind == Kind::group_end) YUBIN_ASSERT(in_group);
    if (address.kind != Kind::mailbox) in_group = address.kind == Kind::group_begin;
    bytes += address.name.size() + address.route.size() + address.local_part.size() + address.domain.size();
    if (auto sendable = to_address(address)) YUBIN_ASSERT(Address::parse(sendable->text()) == *sendable);
  }
  YUBIN_ASSERT(!in_group);
  YUBIN_ASSERT(bytes <= size);  // nothing is multiplied
  std::size_t limit = size > 0 ? data[0] % 8 : 0;
  ParsedAddressList some = parse_address_list(value, limit);
  YUBIN_ASSERT(some.addresses.size() <= limit + 1);
  for (std::size_t i = 0; i < some.addresses.size() && i < limit; ++i)
    YUBIN_ASSERT(some.addresses[i] == all.addresses[i] || some.addresses[i].kind == Kind::group_end);
  return 0;
}
