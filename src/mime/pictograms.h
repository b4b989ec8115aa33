// Pictograms of old Japanese mobile phones, which stand in the user-defined area of Shift_JIS. Internal to mime.
#pragma once

#include <cstdint>
#include <optional>

namespace yubin::mime {

struct Pictogram {
  char32_t first;
  char32_t second;  // 0: there is only one
};

// `code`: two bytes of Shift_JIS, lead byte first.
std::optional<Pictogram> find_pictogram(std::uint16_t code);

}  // namespace yubin::mime
