// Types and parameter names are tokens; a Content-Type written from what was parsed is parsed to the same.
#include "mime/content_type.h"

#include <cstdint>

#include "base/assert.h"

namespace {

using namespace yubin::mime;

std::string print(ContentType const& type) {
  std::string out = type.type + "/" + type.subtype;
  for (Parameter const& parameter : type.parameters) {
    out += "; " + parameter.name + "=\"";
    for (char c : parameter.value) {
      if (c == '"' || c == '\\') out.push_back('\\');
      out.push_back(c);
    }
    out += "\"";
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view value(reinterpret_cast<char const*>(data), size);
  parse_disposition(value);
  auto parsed = parse_content_type(value, 50);
  if (!parsed) return 0;
  YUBIN_ASSERT(parsed->parameters.size() <= 50);
  // A backslash before half of a Shift_JIS character or inside raw ISO-2022-JP is part of the text: not printable here.
  for (char c : value) {
    if (static_cast<unsigned char>(c) >= 0x80 || c == '\x1b') return 0;
  }
  auto again = parse_content_type(print(*parsed), 50);
  YUBIN_ASSERT(again.has_value() && again->is(parsed->type, parsed->subtype) &&
               again->parameters == parsed->parameters);
  return 0;
}
