#include "policy/canonical.h"

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

void BodyCanonicalizer::feed(std::string_view piece, std::string& out) {
  if (form_ == Canonicalization::simple) {
    feed_simple(piece, out);
  } else {
    feed_relaxed(piece, out);
  }
}

// Bytes that are not white space at the end of something: what was held back comes before them.
void BodyCanonicalizer::give(std::string_view text, std::string& out) {
  for (; empty_lines_ > 0; --empty_lines_) out += "\r\n";
  if (blank_) out += ' ';
  blank_ = false;
  out += text;
  in_line_ = true;
  any_ = true;
}

void BodyCanonicalizer::end_line(std::string& out) {
  blank_ = false;
  if (in_line_) {
    out += "\r\n";
    in_line_ = false;
  } else {
    ++empty_lines_;
  }
}

void BodyCanonicalizer::feed_simple(std::string_view piece, std::string& out) {
  while (!piece.empty()) {
    if (cr_) {
      cr_ = false;
      if (piece.front() == '\n') {
        end_line(out);
        piece.remove_prefix(1);
        continue;
      }
      give("\r", out);
    }
    std::size_t const cr = piece.find('\r');
    if (cr != 0) give(piece.substr(0, cr), out);
    if (cr == std::string_view::npos) return;
    cr_ = true;
    piece.remove_prefix(cr + 1);
  }
}

void BodyCanonicalizer::feed_relaxed(std::string_view piece, std::string& out) {
  while (!piece.empty()) {
    if (cr_) {
      cr_ = false;
      if (piece.front() == '\n') {
        end_line(out);
        piece.remove_prefix(1);
        continue;
      }
      give("\r", out);
    }
    std::size_t end = 0;
    while (end < piece.size() && !is_blank(piece[end]) && piece[end] != '\r') ++end;
    if (end != 0) give(piece.substr(0, end), out);
    if (end == piece.size()) return;
    (piece[end] == '\r' ? cr_ : blank_) = true;
    piece.remove_prefix(end + 1);
  }
}

void BodyCanonicalizer::finish(std::string& out) {
  if (cr_) give("\r", out);
  cr_ = false;
  if (form_ == Canonicalization::relaxed) blank_ = false;
  // A last line without its end gets one; an empty body is one line end in the simple form, nothing in the relaxed.
  if (in_line_ || (!any_ && form_ == Canonicalization::simple)) out += "\r\n";
  in_line_ = false;
}

}  // namespace yubin::policy
