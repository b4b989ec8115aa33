#include "mime/transfer.h"

#include <array>

#include "base/text.h"

namespace yubin::mime {

namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kHex = "0123456789ABCDEF";
constexpr std::size_t kMaxHeld = 1024;
constexpr std::size_t kMaxLine = 76;

constexpr auto kSextet = [] {
  std::array<int, 256> table;
  table.fill(-1);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i)
    table[static_cast<unsigned char>(kAlphabet[i])] = static_cast<int>(i);
  return table;
}();

int hex_value(char c) {
  std::size_t at = kHex.find(ascii_upper(c));
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

}  // namespace

TransferEncoding transfer_encoding(std::string_view name) {
  name = trim(name);
  if (iequals(name, "base64")) return TransferEncoding::base64;
  if (iequals(name, "quoted-printable")) return TransferEncoding::quoted_printable;
  return TransferEncoding::identity;
}

void TransferDecoder::decode(std::string_view chunk, std::string& out) {
  switch (encoding_) {
    case TransferEncoding::identity:
      out.append(chunk);
      break;
    case TransferEncoding::base64:
      for (char c : chunk) base64(c, out);
      break;
    case TransferEncoding::quoted_printable:
      for (char c : chunk) quoted_printable(c, out);
      break;
  }
}

void TransferDecoder::base64(char c, std::string& out) {
  int sextet = kSextet[static_cast<unsigned char>(c)];
  if (sextet < 0) {
    if (c == '=') {
      end_quantum(out);
    } else if (!is_blank(c) && c != '\r' && c != '\n') {
      clean_ = false;
    }
    return;
  }
  bits_ = bits_ << 6 | static_cast<std::uint32_t>(sextet);
  if (++sextets_ < 4) return;
  out.push_back(static_cast<char>(bits_ >> 16 & 0xff));
  out.push_back(static_cast<char>(bits_ >> 8 & 0xff));
  out.push_back(static_cast<char>(bits_ & 0xff));
  sextets_ = 0;
  bits_ = 0;
}

// Two or three characters are one or two bytes; one is nothing.
void TransferDecoder::end_quantum(std::string& out) {
  if (sextets_ == 1) clean_ = false;
  if (sextets_ >= 2) {
    bits_ <<= 6 * (4 - sextets_);
    out.push_back(static_cast<char>(bits_ >> 16 & 0xff));
    if (sextets_ == 3) out.push_back(static_cast<char>(bits_ >> 8 & 0xff));
  }
  sextets_ = 0;
  bits_ = 0;
}

void TransferDecoder::quoted_printable(char c, std::string& out) {
  if (!held_.empty() && held(c, out)) return;
  if (c == '=' || is_blank(c)) {
    held_ = c;
  } else {
    out.push_back(c);
  }
}

// What `c` makes of what is held. False: what was held is done with, and `c` is still to be read.
bool TransferDecoder::held(char c, std::string& out) {
  if (is_blank(c) && (is_blank(held_.back()) || held_ == "=") && held_.size() < kMaxHeld) {
    held_.push_back(c);
    return true;
  }
  bool soft = held_.front() == '=';  // a soft line break, perhaps with blanks that transport added
  if (soft && held_.size() == 1 && hex_value(c) >= 0) {
    held_.push_back(c);
    return true;
  }
  if (soft && held_.size() == 2 && hex_value(held_[1]) >= 0 && hex_value(c) >= 0) {
    out.push_back(static_cast<char>(hex_value(held_[1]) * 16 + hex_value(c)));
    held_.clear();
    return true;
  }
  bool at_line_end = held_.size() == 1 || is_blank(held_.back());
  if (c == '\r' && at_line_end) {
    held_.push_back(c);
    return true;
  }
  if (c == '\n' && (at_line_end || held_.back() == '\r')) {
    // Section 6.7 rule 3: blanks at the end of a line were added on the way.
    if (!soft) out.append(held_.back() == '\r' ? "\r\n" : "\n");
    held_.clear();
    return true;
  }
  if (soft) clean_ = false;
  out.append(held_);
  held_.clear();
  return false;
}

void TransferDecoder::finish(std::string& out) {
  if (encoding_ == TransferEncoding::base64) {
    if (sextets_ != 0) clean_ = false;
    end_quantum(out);
  }
  // "=" as the last character is a soft line break; "=X" is text.
  if (held_.size() > 1 && held_.front() == '=' && hex_value(held_[1]) >= 0) {
    clean_ = false;
    out.append(held_);
  }
  held_.clear();
}

std::string decode_transfer(std::string_view body, TransferEncoding encoding) {
  std::string out;
  out.reserve(body.size());
  TransferDecoder decoder(encoding);
  decoder.decode(body, out);
  decoder.finish(out);
  return out;
}

std::string encode_base64(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 3; ++k) bits = bits << 8 | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0);
    for (std::size_t k = 0; k < 4; ++k) out.push_back(k > count ? '=' : kAlphabet[bits >> (18 - 6 * k) & 0x3f]);
  }
  return out;
}

std::string encode_base64_body(std::string_view bytes) {
  std::string out;
  constexpr std::size_t kBytes = kMaxLine / 4 * 3;
  for (std::size_t i = 0; i < bytes.size(); i += kBytes) out += encode_base64(bytes.substr(i, kBytes)) + "\r\n";
  return out;
}

std::string encode_quoted_printable(std::string_view text) {
  std::string out;
  std::size_t column = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '\n' || text.substr(i).starts_with("\r\n")) {
      i += c == '\n' ? 0 : 1;
      out += "\r\n";
      column = 0;
      continue;
    }
    bool before_line_end = i + 1 == text.size() || text[i + 1] == '\n' || text.substr(i + 1).starts_with("\r\n");
    bool plain = (c > ' ' && c < 0x7f && c != '=') || (is_blank(c) && !before_line_end);
    // One column is left for the "=" of a soft line break.
    if (column + (plain ? 1 : 3) > kMaxLine - 1) {
      out += "=\r\n";
      column = 0;
    }
    // A dot or "From " at the start of a line does not survive every mailer.
    if (column == 0 && (c == '.' || c == 'F')) plain = false;
    column += plain ? 1 : 3;
    if (plain) {
      out.push_back(c);
    } else {
      auto byte = static_cast<unsigned char>(c);
      out += {'=', kHex[byte >> 4], kHex[byte & 0xf]};
    }
  }
  return out;
}

}  // namespace yubin::mime
