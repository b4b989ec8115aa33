// Nothing replaced, nothing changed; and what is put in is found again.
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/assert.h"
#include "mime/replace_addresses.h"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using yubin::mime::Address;
  std::string_view const input(reinterpret_cast<char const*>(data), size);
  std::vector<Address> seen;
  std::string const same = yubin::mime::replace_addresses(input, [&](Address const& one) -> std::optional<Address> {
    seen.push_back(one);
    return std::nullopt;
  });
  YUBIN_ASSERT(same == input);
  Address const other = Address::parse("other@example.org").value();
  std::string const changed = yubin::mime::replace_addresses(input, [&](Address const&) { return other; });
  std::size_t found = 0;
  (void)yubin::mime::replace_addresses(changed, [&](Address const& one) -> std::optional<Address> {
    YUBIN_ASSERT(one == other);
    ++found;
    return std::nullopt;
  });
  YUBIN_ASSERT(found == seen.size());
  return 0;
}
