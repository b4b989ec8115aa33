#include "mime/header.h"

#include <algorithm>

#include "base/assert.h"
#include "base/text.h"

namespace yubin::mime {

namespace {

constexpr std::size_t kMaxName = 998;  // RFC 5322 section 2.1.1: a name fits in a line

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

// ftext (RFC 5322 section 3.6.8).
bool is_ftext(char c) {
  return c > ' ' && c < 0x7f && c != ':';
}

std::string_view without_line_end(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// Without white space and what becomes white space.
std::string_view without_blank_ends(std::string_view text) {
  constexpr std::string_view kBlank(" \t\r\n\0", 5);
  std::size_t const first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

struct FieldStart {
  std::size_t name_length;
  std::size_t colon;
};

// optional-field, obs-optional (RFC 5322 sections 3.6.8, 4.5.8): a name, perhaps white space, a colon.
std::optional<FieldStart> field_start(std::string_view line) {
  std::size_t i = 0;
  while (i < line.size() && i <= kMaxName && is_ftext(line[i])) ++i;
  std::size_t name_length = i;
  while (i < line.size() && is_blank(line[i])) ++i;
  if (name_length == 0 || i == line.size() || line[i] != ':') return std::nullopt;
  return FieldStart{name_length, i};
}

}  // namespace

std::string unfold(std::string_view raw_value) {
  std::string out;
  raw_value = without_blank_ends(raw_value);
  out.reserve(raw_value.size());
  for (std::size_t i = 0; i < raw_value.size(); ++i) {
    char c = raw_value[i];
    if (c != '\r' && c != '\n') {
      out.push_back(c == '\0' ? ' ' : c);
      continue;
    }
    std::size_t end = i + (raw_value.substr(i).starts_with("\r\n") ? 2 : 1);
    bool folding = raw_value[end - 1] == '\n' && end < raw_value.size() && is_blank(raw_value[end]);
    if (!folding) out.push_back(' ');
    i = end - 1;
  }
  return out;
}

std::string FieldView::value() const {
  return unfold(raw_value);
}

FieldView HeaderSection::operator[](std::size_t index) const {
  Entry const& entry = fields_[index];
  std::string_view text = text_;
  return {.name = text.substr(entry.begin, entry.name_length),
          .raw_value = without_line_end(text.substr(entry.value, entry.end - entry.value)),
          .raw = text.substr(entry.begin, entry.end - entry.begin),
          .offset = offset_ + entry.begin};
}

std::optional<FieldView> HeaderSection::find_first(std::string_view name) const {
  for (FieldView field : *this) {
    if (iequals(field.name, name)) return field;
  }
  return std::nullopt;
}

std::vector<FieldView> HeaderSection::find_all(std::string_view name) const {
  std::vector<FieldView> found;
  for (FieldView field : *this) {
    if (iequals(field.name, name)) found.push_back(field);
  }
  return found;
}

HeaderSection HeaderSection::parse(std::string_view message, HeaderLimits limits, std::uint64_t offset) {
  HeaderSplitter splitter(limits, offset);
  std::size_t at = 0;
  while (at < message.size()) {
    std::size_t end = message.find('\n', at);
    end = end == std::string_view::npos ? message.size() : end + 1;
    switch (splitter.take(message.substr(at, end - at), offset + at)) {
      case HeaderSplitter::Step::more:
        break;
      case HeaderSplitter::Step::ended:
        return std::move(splitter).finish(offset + end);
      case HeaderSplitter::Step::ended_before:
        return std::move(splitter).finish(offset + at);
      case HeaderSplitter::Step::ended_pending: {
        std::uint64_t body = splitter.pending_offset();
        return std::move(splitter).finish(body);
      }
    }
    at = end;
  }
  std::uint64_t body = splitter.has_pending() ? splitter.pending_offset() : offset + at;
  return std::move(splitter).finish(body);
}

HeaderSplitter::HeaderSplitter(HeaderLimits limits, std::uint64_t offset) : limits_(limits) {
  YUBIN_ASSERT(limits.bytes < UINT32_MAX);
  section_.offset_ = offset;
}

HeaderSplitter::Step HeaderSplitter::take(std::string_view line, std::uint64_t offset, bool complete) {
  std::string_view content = without_line_end(line);
  if (content.empty()) {
    if (pending_) return Step::ended_pending;
    append(line, complete);
    return Step::ended;
  }
  if (is_blank(content.front()) && (in_field_ || pending_)) {
    append(line, complete);
    if (in_field_ && kept_) section_.fields_.back().end = static_cast<std::uint32_t>(section_.text_.size());
    return Step::more;
  }
  if (auto start = field_start(content)) {
    pending_ = false;
    begin_field(line, start->name_length, start->colon, complete);
    return Step::more;
  }
  if (pending_) return Step::ended_pending;
  if (content.starts_with("--")) return Step::ended_before;
  in_field_ = false;
  pending_ = true;
  pending_begin_ = section_.text_.size();
  pending_offset_ = offset;
  append(line, complete);
  return Step::more;
}

void HeaderSplitter::begin_field(std::string_view line, std::size_t name_length, std::size_t colon, bool complete) {
  std::size_t begin = section_.text_.size();
  append(line, complete);
  std::size_t value = begin + colon + 1;
  in_field_ = true;
  kept_ = section_.fields_.size() < limits_.fields && value <= section_.text_.size();
  if (!kept_) {
    section_.complete_ = false;
    return;
  }
  section_.fields_.push_back({.begin = static_cast<std::uint32_t>(begin),
                              .name_length = static_cast<std::uint32_t>(name_length),
                              .value = static_cast<std::uint32_t>(value),
                              .end = static_cast<std::uint32_t>(section_.text_.size())});
}

void HeaderSplitter::append(std::string_view line, bool complete) {
  std::size_t room = limits_.bytes - section_.text_.size();
  if (line.size() > room || !complete) section_.complete_ = false;
  section_.text_.append(line.substr(0, room));
  // Bytes after a cut would stand at wrong offsets.
  if (!complete) limits_.bytes = section_.text_.size();
}

HeaderSection HeaderSplitter::finish(std::uint64_t body_offset) && {
  if (pending_ && body_offset == pending_offset_) section_.text_.resize(pending_begin_);
  section_.body_offset_ = body_offset;
  return std::move(section_);
}

}  // namespace yubin::mime
