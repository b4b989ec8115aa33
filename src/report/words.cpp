#include "report/words.h"

#include "base/text.h"

namespace yubin::report {

namespace {

constexpr std::size_t kMostWord = 255;  // a domain (RFC 1035 section 2.3.4)

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

}  // namespace

std::string tame(std::string_view text, std::size_t most) {
  std::string out(trim(text));
  for (char& c : out)
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = ' ';
  if (out.size() > most) {
    while (most > 0 && is_continuation(out[most])) --most;
    out.resize(most);
  }
  return std::string(trim(out));
}

std::string tame_word(std::string_view text) {
  return to_lower(tame(text, kMostWord));
}

}  // namespace yubin::report
