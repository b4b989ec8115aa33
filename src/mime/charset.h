// From the bytes of a text to Unicode, whatever its label says. Never fails, and says how sure it is.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace yubin::mime {

// How a text was read, from sure to guessed. The ladder goes down until a step reads all bytes.
enum class CharsetStep : std::uint8_t {
  declared,  // by its label, with the characters that Windows adds (NEC row 13, IBM's extensions, CP932, CP1252)
  superset,  // ISO-2022-JP with JIS X 0212, or with half-width kana as 8-bit bytes or behind SO
  detected,  // by its look: the label is missing, unknown or wrong
  replaced,  // some bytes make no sense in any reading and became U+FFFD
};

std::string_view to_string(CharsetStep step);

struct DecodedText {
  std::string text;  // UTF-8; pictograms of Japanese phones as Unicode's
  CharsetStep step = CharsetStep::declared;
  std::string charset;  // what it was read as
};

// `charset` is a label from a message, in any case, or empty. Linear. Controls stay as they are, a byte order mark
// goes.
DecodedText decode_text(std::string_view bytes, std::string_view charset);

// Whether decode_text() would go by this label.
bool is_known_charset(std::string_view charset);

}  // namespace yubin::mime
