// Fields are where they say; joined they are the section but for lines that are no fields; values fit into a line and
// stay as they are when they are written into one.
#include "mime/header.h"

#include <cstdint>

#include "base/assert.h"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace yubin::mime;
  std::string_view message(reinterpret_cast<char const*>(data), size);
  HeaderSection header = HeaderSection::parse(message);
  YUBIN_ASSERT(header.body_offset() <= size);
  YUBIN_ASSERT(!header.complete() || header.text() == message.substr(0, header.body_offset()));
  std::uint64_t at = 0;
  for (FieldView field : header) {
    YUBIN_ASSERT(field.offset >= at);
    at = field.offset + field.raw.size();
    YUBIN_ASSERT(message.substr(field.offset, field.raw.size()) == field.raw);
    YUBIN_ASSERT(!field.name.empty() && field.raw.starts_with(field.name));
    std::string value = field.value();
    YUBIN_ASSERT(value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
    YUBIN_ASSERT(unfold(value) == value);
    YUBIN_ASSERT(header.find_first(field.name)->offset <= field.offset);
  }
  // What was cut off as header section is one again.
  HeaderSection again = HeaderSection::parse(message.substr(0, header.body_offset()));
  YUBIN_ASSERT(again.size() == header.size() && again.body_offset() == header.body_offset());
  return 0;
}
