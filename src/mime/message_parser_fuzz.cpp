// A message parsed whole and in pieces gives the same summary; its parts nest; the summary comes back from its record.
#include "mime/message_parser.h"

#include <cstdint>

#include "base/assert.h"

namespace {

using namespace yubin::mime;

Summary parse(std::string_view message, std::size_t piece, MessageLimits const& limits) {
  MessageParser parser(limits);
  for (std::size_t at = 0; at < message.size(); at += piece) parser.feed(message.substr(at, piece));
  return std::move(parser).finish();
}

void check(std::string_view message, std::size_t piece, MessageLimits const& limits) {
  Summary whole = parse(message, message.size() + 1, limits);
  YUBIN_ASSERT(whole.root.header_begin == 0 && whole.root.end == message.size());
  YUBIN_ASSERT(parse(message, piece, limits) == whole);
  // decode_summary() refuses offsets that do not nest.
  auto decoded = decode_summary(encode(whole));
  YUBIN_ASSERT(decoded.has_value() && *decoded == whole);
  HeaderSection header = HeaderSection::parse(message, limits.header);
  YUBIN_ASSERT(header.body_offset() == whole.root.body_begin);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view message(reinterpret_cast<char const*>(data), size);
  std::size_t piece = 1 + (size > 0 ? data[size / 2] % 64 : 0);
  check(message, piece, {});
  MessageLimits tight{.header = {.fields = 3, .bytes = 60},
                      .depth = 3,
                      .parts = 5,
                      .parameters = 2,
                      .languages = 1,
                      .part_text = 100,
                      .common_fields = 40,
                      .envelope = {.addresses = 3, .value_bytes = 10, .text_bytes = 60}};
  check(message, piece, tight);
  return 0;
}
