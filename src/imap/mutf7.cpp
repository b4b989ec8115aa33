#include "imap/mutf7.h"

#include <cstdint>

#include "base/assert.h"

namespace yubin::imap {

namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

bool is_direct(char32_t c) {
  return c >= 0x20 && c <= 0x7e;
}

// The code point that begins at `at`, which moves behind it.
char32_t next_code_point(std::string_view utf8, std::size_t& at) {
  auto lead = static_cast<unsigned char>(utf8[at++]);
  if (lead < 0x80) return lead;
  int more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
  char32_t c = lead & (0x3fu >> more);
  for (; more > 0; --more) {
    YUBIN_ASSERT(at < utf8.size());
    c = (c << 6) | (static_cast<unsigned char>(utf8[at++]) & 0x3fu);
  }
  return c;
}

void append_utf8(std::string& out, char32_t c) {
  auto byte = [&](char32_t b) { out.push_back(static_cast<char>(static_cast<unsigned char>(b))); };
  if (c < 0x80) return byte(c);
  if (c < 0x800) {
    byte(0xc0 | c >> 6);
  } else if (c < 0x10000) {
    byte(0xe0 | c >> 12);
    byte(0x80 | (c >> 6 & 0x3f));
  } else {
    byte(0xf0 | c >> 18);
    byte(0x80 | (c >> 12 & 0x3f));
    byte(0x80 | (c >> 6 & 0x3f));
  }
  byte(0x80 | (c & 0x3f));
}

// Writes UTF-16 in base64 without padding, 6 bits at a time.
class Base64Writer {
 public:
  explicit Base64Writer(std::string& out) : out_(out) {}
  void unit(std::uint32_t utf16) {
    bits_ = bits_ << 16 | utf16;
    count_ += 16;
    while (count_ >= 6) {
      count_ -= 6;
      out_.push_back(kAlphabet[bits_ >> count_ & 0x3f]);
    }
  }
  void finish() {
    if (count_ > 0) out_.push_back(kAlphabet[bits_ << (6 - count_) & 0x3f]);
    bits_ = 0;
    count_ = 0;
  }

 private:
  std::string& out_;
  std::uint32_t bits_ = 0;  // the low count_ bits are not written yet
  int count_ = 0;
};

// The text of one shift, "&…-" without its frame.
bool decode_shift(std::string_view base64, std::string& out) {
  std::uint32_t bits = 0;
  int count = 0;
  char32_t high = 0;  // the first half of a surrogate pair
  for (char c : base64) {
    std::size_t value = kAlphabet.find(c);
    if (value == std::string_view::npos) return false;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    count += 6;
    if (count < 16) continue;
    count -= 16;
    char32_t unit = bits >> count & 0xffff;
    bool is_low = unit >= 0xdc00 && unit <= 0xdfff;
    if (is_low != (high != 0)) return false;
    if (unit >= 0xd800 && unit <= 0xdbff) {
      high = unit;
      continue;
    }
    char32_t c32 = is_low ? 0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00) : unit;
    high = 0;
    if (is_direct(c32)) return false;
    append_utf8(out, c32);
  }
  bool padding_is_zero = (bits & ((1u << count) - 1)) == 0;
  return high == 0 && count < 6 && padding_is_zero;
}

}  // namespace

std::string encode_mutf7(std::string_view utf8) {
  std::string out;
  Base64Writer base64(out);
  bool shifted = false;
  auto unshift = [&] {
    if (!shifted) return;
    base64.finish();
    out.push_back('-');
    shifted = false;
  };
  for (std::size_t at = 0; at < utf8.size();) {
    char32_t c = next_code_point(utf8, at);
    if (is_direct(c)) {
      unshift();
      out.push_back(static_cast<char>(c));
      if (c == '&') out.push_back('-');
      continue;
    }
    if (!shifted) out.push_back('&');
    shifted = true;
    if (c >= 0x10000) {
      base64.unit(0xd800 + ((c - 0x10000) >> 10));
      base64.unit(0xdc00 + ((c - 0x10000) & 0x3ff));
    } else {
      base64.unit(c);
    }
  }
  unshift();
  return out;
}

std::optional<std::string> decode_mutf7(std::string_view text) {
  std::string out;
  bool after_shift = false;  // two shifts in a row could have been one
  for (std::size_t at = 0; at < text.size();) {
    auto c = static_cast<unsigned char>(text[at++]);
    if (!is_direct(c)) return std::nullopt;
    if (c != '&') {
      out.push_back(static_cast<char>(c));
      after_shift = false;
      continue;
    }
    std::size_t end = text.find('-', at);
    if (end == std::string_view::npos) return std::nullopt;
    std::string_view base64 = text.substr(at, end - at);
    at = end + 1;
    if (base64.empty()) {
      out.push_back('&');
      after_shift = false;
      continue;
    }
    if (after_shift || !decode_shift(base64, out)) return std::nullopt;
    after_shift = true;
  }
  return out;
}

}  // namespace yubin::imap
