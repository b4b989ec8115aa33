// Stored bytes that are not what was written are `corrupt`, never a crash; what parses is what was encoded.
#include "base/assert.h"
#include "kv/segment_format.h"

namespace {

using namespace yubin;
using namespace yubin::kv;

void place_row(std::string_view input) {
  auto const place = parse_place(input);
  if (!place) {
    YUBIN_ASSERT(place.error().code == Errc::corrupt);
    return;
  }
  // Varints have longer forms, so not the bytes but the meaning comes back.
  YUBIN_ASSERT(parse_place(encode_place(*place)).value() == *place);
}

void headers(std::string_view input) {
  auto const body = parse_record_header(input);
  if (body) YUBIN_ASSERT(record_header(*body).substr(0, 5) == input.substr(0, 5));
  if (!body) YUBIN_ASSERT(body.error().code == Errc::corrupt);
  for (std::uint64_t number : {0, 1}) {
    if (check_segment_header(input, number)) YUBIN_ASSERT(segment_header(number).substr(0, 12) == input.substr(0, 12));
  }
}

void piece(std::string_view input) {
  BodyId const id(1, 2);
  auto const read = check_piece(id, 3, input);
  if (!read) return;
  std::string again;
  append_piece(again, id, 3, *read);
  YUBIN_ASSERT(again == input);
}

void name(std::string_view input) {
  if (auto const number = parse_segment_name(input)) YUBIN_ASSERT(segment_name(*number) == input);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const input(reinterpret_cast<char const*>(data), size);
  place_row(input);
  headers(input);
  piece(input);
  name(input);
  return 0;
}
