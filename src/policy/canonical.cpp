#include "policy/canonical.h"

#include <algorithm>

#include "base/text.h"

namespace yubin::policy {

namespace {

constexpr bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

// White space of a value becomes one blank, its line ends go, white space at its ends too.
void append_relaxed(std::string_view value, std::string& out) {
  bool blank = false;
  bool any = false;
  for (char c : value) {
    if (c == '\r' || c == '\n') continue;
    if (is_blank(c)) {
      blank = true;
      continue;
    }
    if (blank && any) out += ' ';
    blank = false;
    any = true;
    out += c;
  }
}

}  // namespace

std::string_view to_string(Canonicalization form) {
  return form == Canonicalization::simple ? "simple" : "relaxed";
}

std::string canonical_field(Canonicalization form, std::string_view raw) {
  if (form == Canonicalization::simple) return std::string(raw);
  std::size_t const colon = raw.find(':');
  std::string out = to_lower(trim(raw.substr(0, colon)));
  out += ':';
  append_relaxed(colon == std::string_view::npos ? std::string_view() : raw.substr(colon + 1), out);
  out += "\r\n";
  return out;
}

void BodyCanonicalizer::flush() {
  if (used_ != 0) sink_({slice_.data(), std::exchange(used_, 0)});
}

// What was held back comes before a byte that is not white space at the end of something.
void BodyCanonicalizer::begin() {
  for (; empty_lines_ > 0; --empty_lines_) {
    put('\r');
    put('\n');
  }
  if (blank_) put(' ');
  blank_ = false;
  in_line_ = true;
  any_ = true;
}

void BodyCanonicalizer::end_line() {
  blank_ = false;
  if (!in_line_) {
    ++empty_lines_;
    return;
  }
  put('\r');
  put('\n');
  in_line_ = false;
}

// The bytes of a line that stay as they are: up to the first that does not, or to the end of the slice. How many.
std::size_t BodyCanonicalizer::put_run(std::string_view text) {
  text = text.substr(0, slice_.size() - used_);
  char* const to = slice_.data() + used_;
  std::size_t length = 0;
  if (form_ == Canonicalization::simple) {
    length = std::min(text.find('\r'), text.size());
    std::ranges::copy(text.substr(0, length), to);
  } else {
    for (; length < text.size(); ++length) {
      char const c = text[length];
      if (c == '\r' || is_blank(c)) break;
      to[length] = c;
    }
  }
  used_ += length;
  if (used_ == slice_.size()) flush();
  return length;
}

void BodyCanonicalizer::feed(std::string_view piece) {
  while (!piece.empty()) {
    char const c = piece.front();
    if (cr_) {
      cr_ = false;
      if (c == '\n') {
        end_line();
        piece.remove_prefix(1);
        continue;
      }
      begin();
      put('\r');
    }
    if (c == '\r' || (is_blank(c) && form_ == Canonicalization::relaxed)) {
      (c == '\r' ? cr_ : blank_) = true;
      piece.remove_prefix(1);
      continue;
    }
    if (!in_line_ || blank_) begin();
    piece.remove_prefix(put_run(piece));
  }
  flush();
}

void BodyCanonicalizer::finish() {
  if (std::exchange(cr_, false)) {
    begin();
    put('\r');
  }
  // A last line without its end gets one; an empty body is one line end in the simple form, nothing in the relaxed.
  if (in_line_ || (!any_ && form_ == Canonicalization::simple)) {
    put('\r');
    put('\n');
  }
  in_line_ = false;
  flush();
}

}  // namespace yubin::policy
