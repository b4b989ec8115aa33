// What is rewritten is unpacked to what it was; what others make is refused or is an address.
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "deliver/srs.h"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace yubin;
  using deliver::Srs;
  static Srs const ours("secret");
  static mime::Domain const us = mime::Domain::parse("us.test").value();
  WallTime const now{std::chrono::seconds(1'700'000'000)};
  Result<mime::Address> const address =
      mime::Address::parse(std::string_view(reinterpret_cast<char const*>(data), size));
  if (!address) return 0;
  Result<mime::Address> const unpacked = ours.unpack(*address, now);
  YUBIN_ASSERT(unpacked || unpacked.error().code == Errc::denied);
  auto const made = ours.rewrite(*address, us, now);
  if (!made) return 0;
  YUBIN_ASSERT(Srs::is_rewritten(*made));
  Result<mime::Address> const back = ours.unpack(*made, now);
  YUBIN_ASSERT(Srs::is_rewritten(*address) || (back && *back == *address));
  return 0;
}
