// From the bytes of a message to the tree of its parts, in one pass and in pieces of any size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mime/header.h"
#include "mime/structure.h"
#include "mime/summary.h"

namespace yubin::mime {

struct MessageLimits {
  HeaderLimits header = {};               // of each header section
  std::size_t depth = 50;                 // of nesting; what is deeper is one leaf, application/octet-stream
  std::size_t parts = 1000;               // then the rest of each open multipart is one such leaf
  std::size_t parameters = 100;           // of one field
  std::size_t languages = 20;             // of one part
  std::size_t part_text = 64 * 1024;      // of all parts' fields together
  std::size_t common_fields = 16 * 1024;  // bytes of the fields that a summary repeats
  EnvelopeLimits envelope = {};           // of all envelopes together
};

// Takes a message as a push parser. Never fails; time is linear in the bytes, memory is bounded by the limits whatever
// the message's size. Not thread-safe.
//
// What is broken is read as a person would: a multipart that names no boundary has the one that its first delimiter
// shows; an inner multipart without its end ends where the outer goes on; what stays open ends with the message.
class MessageParser {
 public:
  explicit MessageParser(MessageLimits limits = {});
  ~MessageParser();
  MessageParser(MessageParser&&) noexcept;
  MessageParser& operator=(MessageParser&&) noexcept;

  void feed(std::string_view chunk);  // keeps no view of it
  Summary finish() &&;

 private:
  struct Open;
  // A place, and how many line ends stand before it.
  struct Mark {
    std::uint64_t offset = 0;
    std::uint64_t newlines = 0;
  };
  struct Delimiter {
    std::size_t owner;  // index in stack_
    bool closing;
  };

  void line(std::string_view line);
  bool header_line(std::string_view line);
  void count_line(bool carriage_return);
  std::optional<Delimiter> find_delimiter(std::string_view line);
  void delimiter(Delimiter found, Mark next);

  void open_part(Mark begin);
  void end_headers(Mark end);
  void end_header_at_pending();
  void begin_body(Mark begin);
  void read_fields(Part& part, HeaderSection const& header, bool in_digest);
  void read_type(Part& part, HeaderSection const& header, bool in_digest);
  void keep(Parameters& parameters);
  void choose_kind();
  void close_to(std::size_t size, bool before_delimiter);
  void close_top(bool before_delimiter);

  MessageLimits limits_;
  Summary out_;
  std::vector<Open> stack_;  // the root and what is open in it
  std::size_t parts_ = 0;

  Mark line_begin_;
  std::uint64_t offset_ = 0;         // of the next byte
  std::string line_;                 // what came of a line that must be looked at whole
  bool looking_ = true;              // ... and that this line is such a one
  bool line_cut_ = false;            // it is longer than what line_ may hold
  char last_ = '\0';                 // the byte before offset_
  std::size_t last_terminator_ = 0;  // of the line before line_begin_
  bool last_line_empty_ = true;
};

}  // namespace yubin::mime
