// Any response: the same whole and cut in two.
#include <fmt/format.h>

#include <cstdint>
#include <string>

#include "base/assert.h"
#include "http/response_reader.h"

namespace {

std::string read(std::string_view first, std::string_view second) {
  using namespace yubin;
  http::ResponseReader reader({.header = 512, .body = 256});
  for (std::string_view piece : {first, second}) {
    if (reader.done() || piece.empty()) continue;
    if (Result<> fed = reader.feed(piece); !fed) return "bad";
  }
  if (!reader.done() && !reader.end()) return "bad";
  http::Response const response = reader.take();
  return fmt::format("{} {} {}", response.status, response.content_type, response.body);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const input(reinterpret_cast<char const*>(data), size);
  std::size_t const cut = size > 0 ? data[0] % size : 0;
  YUBIN_ASSERT(read(input, "") == read(input.substr(0, cut), input.substr(cut)));
  return 0;
}
