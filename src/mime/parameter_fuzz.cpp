// A file name is one line of UTF-8, is there if a parameter of that name is, and does not depend on how pieces are
// ordered, nor on whether they were put together before.
#include "mime/parameter.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>

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
  Parameters const joined = join_continuations(parameters);
  auto const same_name = decode_parameter(joined, "filename");
  YUBIN_ASSERT(same_name.has_value() == name.has_value() && (!name || same_name->text == name->text));
  YUBIN_ASSERT(join_continuations(joined) == joined);
  // Of two parameters or pieces that are the same the first counts; "*0", "*00*" and "*" are the same piece.
  std::set<std::string> names;
  for (Parameter const& parameter : parameters) {
    std::string same = parameter.name;
    std::erase_if(same, [](char c) { return c == '*' || c == '0'; });
    if (!names.insert(same).second) return 0;
  }
  std::ranges::reverse(parameters);
  auto again = decode_parameter(parameters, "filename");
  YUBIN_ASSERT(again.has_value() == name.has_value() && (!name || again->text == name->text));
  return 0;
}
