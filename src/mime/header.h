// The header section of a message or of a MIME part: its fields, and where the body begins.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace yubin::mime {

struct HeaderLimits {
  std::size_t fields = 2000;
  std::size_t bytes = 256 * 1024;  // what is beyond is passed over, and complete() becomes false
};

// One header field. Points into its HeaderSection and lives as long as that is neither changed nor moved.
struct FieldView {
  std::string_view name;       // as sent, without white space before the colon
  std::string_view raw_value;  // from after the colon to before the last line end; with folding
  std::string_view raw;        // the whole field with its last line end
  std::uint64_t offset;        // of its first byte in the message

  std::string value() const;  // raw_value unfolded and trimmed (see unfold)
};

// Line ends before white space go (RFC 5322 section 2.2.3), white space at both ends too. Other bytes stay, except that
// CR, LF and NUL, which no protocol could carry on, become spaces.
std::string unfold(std::string_view raw_value);

// The fields of one header section. Owns a copy of its text. Never fails: whatever the bytes are, they have fields
// (perhaps none) and a body (perhaps empty).
//
// Beyond RFC 5322 it takes: LF as line end; white space before the colon (section 4.5.8); a line that is no field
// between two fields (the "From " line of an mbox, a broken fold), which belongs to no field. Any other line that is no
// field, and every such line that begins with "--", is the first of the body: the empty line is missing.
class HeaderSection {
 public:
  // `message` begins with the header section; `offset` is where that stands in the whole message.
  static HeaderSection parse(std::string_view message, HeaderLimits limits = {}, std::uint64_t offset = 0);

  std::size_t size() const { return fields_.size(); }
  FieldView operator[](std::size_t index) const;

  std::optional<FieldView> find_first(std::string_view name) const;  // without ASCII case
  std::vector<FieldView> find_all(std::string_view name) const;

  std::uint64_t body_offset() const { return body_offset_; }  // in the message
  bool complete() const { return complete_; }                 // false if a limit cut it
  std::string_view text() const { return text_; }             // the section as sent, with the empty line; perhaps cut

  class Iterator {
   public:
    Iterator(HeaderSection const* section, std::size_t index) : section_(section), index_(index) {}
    FieldView operator*() const { return (*section_)[index_]; }
    Iterator& operator++() {
      ++index_;
      return *this;
    }
    friend bool operator==(Iterator const&, Iterator const&) = default;

   private:
    HeaderSection const* section_;
    std::size_t index_;
  };
  Iterator begin() const { return {this, 0}; }
  Iterator end() const { return {this, size()}; }

 private:
  friend class HeaderSplitter;
  struct Entry {
    std::uint32_t begin;
    std::uint32_t name_length;
    std::uint32_t value;  // after the colon
    std::uint32_t end;
  };

  std::string text_;
  std::vector<Entry> fields_;
  std::uint64_t offset_ = 0;
  std::uint64_t body_offset_ = 0;
  bool complete_ = true;
};

// Makes a HeaderSection line by line, for messages that come in pieces.
class HeaderSplitter {
 public:
  // `offset` is where the first line stands in the message.
  HeaderSplitter(HeaderLimits limits, std::uint64_t offset);

  enum class Step {
    more,           // the line belongs to the header section
    ended,          // it was the empty line; the body begins after it
    ended_before,   // it is the first line of the body
    ended_pending,  // the body began at pending_offset(), before this line
  };
  // `line` with its line end, or the rest of the input; `offset` is where it stands in the message. A line that the
  // caller cut is marked complete = false. Nothing more may be taken once it has ended.
  Step take(std::string_view line, std::uint64_t offset, bool complete = true);

  // Lines that are no fields and may turn out to be the body's first.
  bool has_pending() const { return pending_; }
  std::uint64_t pending_offset() const { return pending_offset_; }
  std::string_view pending_text() const { return std::string_view(section_.text_).substr(pending_begin_); }

  // What was taken; the body begins at `body_offset`. Pending lines belong to the body if it begins at them.
  HeaderSection finish(std::uint64_t body_offset) &&;

 private:
  void append(std::string_view line, bool complete);
  void begin_field(std::string_view line, std::size_t name_length, std::size_t colon, bool complete);

  HeaderLimits limits_;
  HeaderSection section_;
  bool in_field_ = false;  // a folded line would belong to a field
  bool kept_ = false;      // ... which is the last of section_
  bool pending_ = false;
  std::size_t pending_begin_ = 0;
  std::uint64_t pending_offset_ = 0;
};

}  // namespace yubin::mime
