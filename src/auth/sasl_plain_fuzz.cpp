// What is accepted is exactly what its three parts make when joined again.
#include <cstdint>
#include <string>

#include "auth/sasl_plain.h"
#include "base/assert.h"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace yubin;
  std::string const input(reinterpret_cast<char const*>(data), size);
  auto plain = auth::sasl_plain(input);
  if (!plain) {
    YUBIN_ASSERT(plain.error().code == Errc::syntax);
    return 0;
  }
  std::string joined = plain->authzid;
  joined.push_back('\0');
  joined += plain->authcid;
  joined.push_back('\0');
  joined += plain->password.view();
  YUBIN_ASSERT(joined == input);
  return 0;
}
