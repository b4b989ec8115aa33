// Whatever a program writes to sendmail: no bare CR or LF is submitted, and a From is there.
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "cli/sendmail_message.h"

using namespace yubin::cli;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const input(reinterpret_cast<char const*>(data), size);
  std::string_view const before_dot = input.substr(0, find_lone_dot(input));
  std::string const text = make_local_message(before_dot, {"root@host.test", "Root"}).text;
  YUBIN_ASSERT(text.ends_with("\r\n"));
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r') YUBIN_ASSERT(i + 1 < text.size() && text[i + 1] == '\n');
    if (text[i] == '\n') YUBIN_ASSERT(i > 0 && text[i - 1] == '\r');
  }
  return 0;
}
