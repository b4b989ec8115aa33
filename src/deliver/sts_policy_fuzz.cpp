// Any policy: what is taken prints to a policy that is the same.
#include <cstdint>

#include "base/assert.h"
#include "deliver/sts_policy.h"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace yubin::deliver;
  auto const policy = parse_sts_policy({reinterpret_cast<char const*>(data), size});
  if (policy) YUBIN_ASSERT(parse_sts_policy(print_sts_policy(*policy)) == *policy);
  return 0;
}
