// What a server says when it refuses: any words have a class, and an address that is found in them is one.
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "base/ip_address.h"
#include "queue/failure_class.h"

using namespace yubin;
using namespace yubin::queue;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string const text(reinterpret_cast<char const*>(data), size);
  smtp::OutcomeDetail const why{{5, 7, 1}, text, "mx.test", ""};
  YUBIN_ASSERT(!to_string(classify(why)).empty());
  Listing const listing = find_listing(why);
  YUBIN_ASSERT(!listing.list.empty());
  YUBIN_ASSERT(listing.address.empty() || IpAddress::parse(listing.address).value().text() == listing.address);
  return 0;
}
