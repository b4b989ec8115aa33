// A query is refused, or its fields, encoded and parsed again, are the same.
#include <cstdint>

#include "api/query.h"
#include "base/assert.h"
#include "base/bytes.h"

namespace {

std::string encoded(std::string_view text) {
  std::string out;
  for (char c : text) out += "%" + yubin::to_hex(std::string_view(&c, 1));
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace yubin;
  using api::QueryString;
  std::string_view const input(reinterpret_cast<char const*>(data), size);
  auto const query = QueryString::parse(input, {"to", "from", "limit"});
  if (!query) {
    YUBIN_ASSERT(query.error().code == Errc::syntax || query.error().code == Errc::corrupt);
    return 0;
  }
  std::string again;
  for (auto const& [name, value] : query->fields()) {
    if (!again.empty()) again += "&";
    again += encoded(name) + "=" + encoded(value);
  }
  auto const same = QueryString::parse(again, {"to", "from", "limit"});
  YUBIN_ASSERT(same.has_value() && same->fields() == query->fields());
  return 0;
}
