// Whatever the message: cut anywhere it is sent the same, no CR or LF stands alone, and "." alone stands only at the
// end.
#include <cstdint>
#include <string>

#include "base/assert.h"
#include "pop3/wire_text.h"

namespace {

std::string sent(std::string_view first, std::string_view second, std::uint64_t lines) {
  yubin::pop3::WireText wire(lines);
  std::string out;
  wire.put(first, out);
  wire.put(second, out);
  wire.finish(out);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const input(reinterpret_cast<char const*>(data), size);
  std::size_t const cut = size > 0 ? data[0] % size : 0;
  for (std::uint64_t lines : {std::uint64_t{1}, yubin::pop3::WireText::kAll}) {
    std::string const whole = sent(input, "", lines);
    YUBIN_ASSERT(whole == sent(input.substr(0, cut), input.substr(cut), lines));
    std::string_view rest = whole;
    while (!rest.empty()) {
      std::size_t const end = rest.find("\r\n");
      YUBIN_ASSERT(end != std::string_view::npos);
      std::string_view const line = rest.substr(0, end);
      rest.remove_prefix(end + 2);
      YUBIN_ASSERT(line.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos);
      YUBIN_ASSERT((line == ".") == rest.empty());
    }
  }
  return 0;
}
