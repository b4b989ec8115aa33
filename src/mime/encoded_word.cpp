#include "mime/encoded_word.h"

#include <algorithm>
#include <optional>
#include <string>

#include "base/text.h"
#include "mime/lexer.h"
#include "mime/transfer.h"

namespace yubin::mime {

namespace {

constexpr std::size_t kMaxCharset = 64;

struct Word {
  std::string_view charset;
  std::string bytes;   // in that charset
  std::size_t length;  // of the encoded-word
};

// The "Q" encoding (RFC 2047 section 4.2), with a raw space left as it is.
std::string decode_q(std::string_view text) {
  std::string spaced(text);
  std::ranges::replace(spaced, '_', ' ');
  // Blanks at the end are text here, not the end of a line.
  std::size_t end = spaced.find_last_not_of(" \t") + 1;
  return decode_transfer(std::string_view(spaced).substr(0, end), TransferEncoding::quoted_printable) +
         spaced.substr(end);
}

// Where the encoded-text that begins `rest` ends, and how many characters its end takes: "?=" or, if that was
// forgotten, the next word or the end of the value.
struct TextEnd {
  std::size_t at;
  std::size_t length;
};
TextEnd text_end(std::string_view rest) {
  std::size_t next = rest.find("=?");
  // "=?=" is an encoded-text that ends in "=", and its end.
  std::string_view before_next = next == std::string_view::npos ? rest : rest.substr(0, next + 3);
  std::size_t end = before_next.find("?=");
  if (end != std::string_view::npos) return {.at = end, .length = 2};
  return {.at = std::min(next, rest.size()), .length = 0};
}

// encoded-word = "=?" charset "?" encoding "?" encoded-text "?="
std::optional<Word> encoded_word(std::string_view text) {
  if (!text.starts_with("=?")) return std::nullopt;
  std::size_t charset_end = text.substr(0, kMaxCharset).find_first_of("? \t\"", 2);
  if (charset_end == std::string_view::npos || text[charset_end] != '?') return std::nullopt;
  if (text.size() < charset_end + 3 || text[charset_end + 2] != '?') return std::nullopt;
  char encoding = ascii_lower(text[charset_end + 1]);
  if (encoding != 'b' && encoding != 'q') return std::nullopt;

  std::size_t begin = charset_end + 3;
  TextEnd end = text_end(text.substr(begin));
  std::string_view encoded = text.substr(begin, end.at);
  std::string_view charset = text.substr(2, charset_end - 2);
  charset = charset.substr(0, charset.find('*'));  // RFC 2231 section 5: a language
  return Word{.charset = charset,
              .bytes = encoding == 'q' ? decode_q(encoded) : decode_transfer(encoded, TransferEncoding::base64),
              .length = begin + end.at + end.length};
}

// Where the next encoded-word may begin: "=?" outside of bare ISO-2022-JP. `at` if there.
std::size_t find_word(std::string_view value, std::size_t at) {
  while (at < value.size()) {
    at = value.find_first_of("=\x1b", at);
    if (at == std::string_view::npos) return value.size();
    if (value.substr(at).starts_with("=?")) return at;
    at += std::max<std::size_t>(1, jis_run(value.substr(at)));
  }
  return value.size();
}

class HeaderDecoder {
 public:
  DecodedText decode(std::string_view value);

 private:
  void plain(std::string_view text);
  void word(Word word);
  void end_run();
  void add(DecodedText const& piece);

  DecodedText out_;
  std::string run_;  // bytes of words beside each other
  std::string run_charset_;
  std::string blanks_;  // between the last word and what comes
  bool in_run_ = false;
};

DecodedText HeaderDecoder::decode(std::string_view value) {
  out_.charset = "us-ascii";
  std::size_t plain_begin = 0;
  std::size_t at = find_word(value, 0);
  while (at < value.size()) {
    std::optional<Word> found = encoded_word(value.substr(at));
    if (!found) {
      at = find_word(value, at + 2);
      continue;
    }
    plain(value.substr(plain_begin, at - plain_begin));
    at += found->length;
    plain_begin = at;
    word(*std::move(found));
    at = find_word(value, at);
  }
  plain(value.substr(plain_begin));
  end_run();
  out_.text += blanks_;
  // RFC 5322 section 2.2: a field's body holds no controls; encoded ones would forge lines.
  std::ranges::replace_if(out_.text, [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; }, ' ');
  return std::move(out_);
}

// RFC 2047 section 6.2: white space between two encoded-words is not shown.
void HeaderDecoder::plain(std::string_view text) {
  if (text.empty()) return;
  if (in_run_ && trim(text).empty()) {
    blanks_ = text;
    return;
  }
  end_run();
  add(decode_text(text, ""));
}

void HeaderDecoder::word(Word word) {
  if (in_run_ && !iequals(word.charset, run_charset_)) {
    blanks_.clear();
    end_run();
  }
  if (!in_run_) run_charset_ = word.charset;
  in_run_ = true;
  blanks_.clear();
  run_ += word.bytes;
}

void HeaderDecoder::end_run() {
  if (!in_run_) return;
  add(decode_text(run_, run_charset_));
  run_.clear();
  in_run_ = false;
}

void HeaderDecoder::add(DecodedText const& piece) {
  out_.text += piece.text;
  if (piece.charset != "us-ascii") out_.charset = piece.charset;
  out_.step = std::max(out_.step, piece.step);
}

}  // namespace

DecodedText decode_header(std::string_view value) {
  return HeaderDecoder().decode(value);
}

}  // namespace yubin::mime
