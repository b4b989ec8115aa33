#include "policy/canonical.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

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

// Sixteen bytes at once; a comparison gives for each all bits or none.
using Block = unsigned char __attribute__((vector_size(16)));

Block block_at(char const* bytes) {
  Block block;
  std::memcpy(&block, bytes, sizeof block);
  return block;
}

// The place of the first byte that is not 0, or 16.
std::size_t first_of(Block const& block) {
  auto const halves = std::bit_cast<std::array<std::uint64_t, 2>>(block);
  static_assert(std::endian::native == std::endian::little);
  if (halves[0] != 0) return static_cast<std::size_t>(std::countr_zero(halves[0])) / 8;
  return 8 + static_cast<std::size_t>(std::countr_zero(halves[1])) / 8;
}

// The bytes at the beginning that the relaxed form leaves as they are. Of the last one nobody knows what follows.
std::size_t unchanged(std::string_view text) {
  std::size_t const last = text.size() - 1;
  std::size_t length = 0;
  for (; length + sizeof(Block) <= last; length += sizeof(Block)) {
    Block const now = block_at(text.data() + length);
    Block const next = block_at(text.data() + length + 1);
    auto const changed = (now == '\t') | ((now == ' ') & ((next == ' ') | (next == '\t') | (next == '\r')));
    std::size_t const first = first_of(std::bit_cast<Block>(changed));
    if (first < sizeof(Block)) return length + first;
  }
  auto is_changed = [](char c, char next) { return c == '\t' || (c == ' ' && (is_blank(next) || next == '\r')); };
  while (length < last && !is_changed(text[length], text[length + 1])) ++length;
  return length == last && text[last] != '\t' ? text.size() : length;
}

// Without a white space, a CR and empty lines at the end: what follows decides about them. The first byte stays.
std::size_t without_held_back(std::string_view text) {
  std::size_t length = text.size();
  if (length > 1 && (text[length - 1] == '\r' || is_blank(text[length - 1]))) --length;
  while (length > 2 && text[length - 1] == '\n' && text[length - 2] == '\r') length -= 2;
  return length;
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

// Puts bytes at the beginning that stay as they are, the first at least; how many. Many are not copied.
std::size_t BodyCanonicalizer::put_run(std::string_view text) {
  text = text.substr(0, slice_.size());
  if (form_ == Canonicalization::relaxed) text = text.substr(0, unchanged(text));
  text = text.substr(0, without_held_back(text));
  bool const is_long = text.size() >= slice_.size() / 2;
  if (is_long || text.size() > slice_.size() - used_) flush();
  if (is_long) {
    sink_(text);
    return text.size();
  }
  std::ranges::copy(text, slice_.data() + used_);
  used_ += text.size();
  if (used_ == slice_.size()) flush();
  return text.size();
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
