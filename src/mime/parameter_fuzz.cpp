// A file name is one line of UTF-8, is there if a parameter of that name is, and does not depend on how pieces are
// ordered.
#include "mime/parameter.h"

#include <algorithm>
#include <cstdint>
#include <set>

#include "base/assert.h"
#include "mime/lexer.h"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace yubin::mime;
  Parameters parameters = parse_disposition({reinterpret_cast<char const*>(data), size}).parameters;
  auto name = decode_parameter(parameters, "filename");
  if (find_parameter(parameters, "filename") != nullptr) YUBIN_ASSERT(name.has_value());
  if (name) {
    YUBIN_ASSERT(is_utf8(name->text));
    YUBIN_ASSERT(std::ranges::none_of(name->text, [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; }));
  }
  // "*", "*0", "*0*" and "*00" are one number, of which the first counts.
  std::set<std::size_t> lengths;
  for (Parameter const& parameter : parameters) {
    if (!lengths.insert(parameter.name.size()).second || parameter.name.find("*0") != std::string::npos) return 0;
  }
  std::ranges::reverse(parameters);
  auto again = decode_parameter(parameters, "filename");
  YUBIN_ASSERT(again.has_value() == name.has_value() && (!name || again->text == name->text));
  return 0;
}
