// A client's message: what is taken says nothing that did not stand in it, and survives being written again.
#include <cstdint>

#include "auth/sasl_oauth.h"
#include "base/assert.h"

using namespace yubin;
using namespace yubin::auth;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const input(reinterpret_cast<char const*>(data), size);
  auto const bearer = oauth_bearer_message(input);
  if (bearer) YUBIN_ASSERT(!bearer->token.view().empty() && input.contains(bearer->token.view()));
  auto const older = xoauth2_message(input);
  if (!older) return 0;
  auto const again = xoauth2_message("user=" + older->user +
                                     "\x01"
                                     "auth=Bearer " +
                                     std::string(older->token.view()) + "\x01\x01");
  YUBIN_ASSERT(again && again->user == older->user && again->token.view() == older->token.view());
  return 0;
}
