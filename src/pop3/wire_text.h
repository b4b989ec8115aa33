// A message on its way out: what stands in the store becomes a multi-line response (RFC 1939 section 3).
//
// The store keeps a message as it came, by APPEND or an import also one with lines that do not end in CR LF. Here no CR
// or LF leaves alone: whatever ends a line (CR LF, LF, CR) is sent as CR LF, and a last line without end gets one. A
// line that begins with "." gets another one, after that, so no content can end the response. NUL, which RFC 5322 has
// in no message and at which old clients stop reading, is sent as 0x80.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace yubin::pop3 {

class WireText {
 public:
  static constexpr std::uint64_t kAll = std::numeric_limits<std::uint64_t>::max();

  // `body_lines`: how many lines of the body there are to be, after the header section and the blank line (TOP).
  explicit WireText(std::uint64_t body_lines = kAll) : body_lines_(body_lines) {}

  // Appends the next bytes of the message to `out`.
  void put(std::string_view bytes, std::string& out);
  // All the lines there are to be have been put; further bytes change nothing.
  bool done() const { return done_; }
  // Appends what ends the response.
  void finish(std::string& out);

 private:
  void put_by_lines(std::string_view bytes, std::string& out);
  void put_text(std::string_view text, std::string& out);
  void end_line(std::string& out);

  std::uint64_t body_lines_;
  bool in_body_ = false;
  bool at_line_start_ = true;
  bool pending_cr_ = false;  // whether an LF follows decides nothing but that it is not another line end
  bool done_ = false;
};

}  // namespace yubin::pop3
