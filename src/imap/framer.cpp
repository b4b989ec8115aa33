#include "imap/framer.h"

#include <string.h>  // explicit_bzero

#include <algorithm>
#include <limits>
#include <utility>

#include "base/assert.h"
#include "base/text.h"

namespace yubin::imap {

namespace {

constexpr std::size_t kKeptCapacity = 1024;  // of the buffer of an idle connection

// literal = "{" number64 ["+"] "}" CRLF, at the end of `line`, which has lost its CRLF.
std::optional<Framer::Literal> announced_literal(std::string_view line) {
  if (!line.ends_with('}')) return std::nullopt;
  std::size_t open = line.rfind('{');
  if (open == std::string_view::npos) return std::nullopt;
  std::string_view inside = line.substr(open + 1, line.size() - open - 2);
  bool synchronizing = !inside.ends_with('+');
  if (!synchronizing) inside.remove_suffix(1);
  if (inside.empty() || !std::ranges::all_of(inside, is_digit)) return std::nullopt;
  // A number that no integer holds is a size like any other: too large.
  std::uint64_t size = parse_number(inside).value_or(std::numeric_limits<std::uint64_t>::max());
  return Framer::Literal{size, synchronizing};
}

bool has_bare_cr(std::string_view line) {
  return line.find('\r') != std::string_view::npos;
}

}  // namespace

void Framer::receive(std::string_view bytes) {
  buffer_.erase(0, head_);
  head_ = 0;
  buffer_.append(bytes);
}

// Used bytes are wiped, a password may be among them; memory is given back when nothing is left.
void Framer::drop(std::size_t count) {
  ::explicit_bzero(buffer_.data() + head_, count);
  head_ += count;
  scanned_ = 0;
  if (head_ < buffer_.size()) return;
  buffer_.clear();
  head_ = 0;
  if (buffer_.capacity() > kKeptCapacity) buffer_.shrink_to_fit();
}

std::optional<Framer::Line> Framer::find_line() {
  std::string_view rest = unread();
  std::size_t end = rest.find('\n', scanned_);
  std::size_t room = limits_.text - std::min(limits_.text, text_.size() - collected_);
  std::size_t seen = end == std::string_view::npos ? rest.size() : end + 1;
  if (seen > room) return Line{seen, Flaw::too_long};
  if (end == std::string_view::npos) {
    scanned_ = rest.size();
    return std::nullopt;
  }
  std::string_view line = rest.substr(0, end);
  if (line.find('\0') != std::string_view::npos) nul_ = true;
  if (!line.ends_with('\r') || has_bare_cr(line.substr(0, line.size() - 1))) return Line{seen, Flaw::bare_line_end};
  return Line{seen, std::nullopt};
}

bool Framer::collect_literal() {
  std::string_view bytes = unread();
  bytes = bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), literal_left_)));
  if (bytes.find('\0') != std::string_view::npos) nul_ = true;
  text_.append(bytes);
  collected_ += bytes.size();
  literal_left_ -= bytes.size();
  drop(bytes.size());
  return literal_left_ == 0;
}

Framer::Unit Framer::next() {
  YUBIN_ASSERT(passing_ == 0);
  if (literal_left_ > 0 && !collect_literal()) return More{};
  std::optional<Line> line = find_line();
  if (!line) return More{};
  text_.append(unread().substr(0, line->length));
  drop(line->length);
  if (line->flaw) {
    Broken broken{*line->flaw, std::move(text_)};
    abandon();
    return broken;
  }
  std::string_view text = std::string_view(text_).substr(0, text_.size() - 2);
  if (std::optional<Literal> literal = announced_literal(text)) return *literal;
  return complete_command();
}

Framer::Unit Framer::complete_command() {
  text_.resize(text_.size() - 2);
  bool nul = nul_;
  std::string text = std::move(text_);
  abandon();
  if (nul) return Broken{Flaw::nul, std::move(text)};
  return Command{std::move(text)};
}

void Framer::abandon() {
  text_.clear();
  text_.shrink_to_fit();
  collected_ = 0;
  literal_left_ = 0;
  passing_ = 0;
  nul_ = false;
}

void Framer::pass_through(Literal const& literal) {
  abandon();
  passing_ = literal.size;
}

std::string_view Framer::chunk(std::size_t limit) {
  // What was given out last is used up only now: the caller's view pointed into it.
  std::string_view bytes = unread();
  bytes = bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>({bytes.size(), limit, passing_})));
  passing_ -= bytes.size();
  head_ += bytes.size();
  return bytes;
}

std::optional<std::variant<std::string, Framer::Flaw>> Framer::line() {
  std::optional<Line> line = find_line();
  if (!line) return std::nullopt;
  std::string text(unread().substr(0, line->length));
  drop(line->length);
  bool nul = std::exchange(nul_, false);
  if (line->flaw) return *line->flaw;
  if (nul) return Flaw::nul;
  text.resize(text.size() - 2);
  return text;
}

std::string Framer::take_rest() {
  std::string rest(unread());
  clear();
  return rest;
}

void Framer::clear() {
  drop(buffer_.size() - head_);
  abandon();
}

}  // namespace yubin::imap
