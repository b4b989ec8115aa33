// Finds the lines in the bytes of a connection and enforces their length. A line is found at the same byte however the
// bytes were cut on their way.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace yubin::pop3 {

// One thread at a time. Memory: kMaxLine and the bytes of one receive().
class Framer {
 public:
  // With its CR LF. RFC 2449 section 4 has 255 for a command; RFC 5034 section 4 wants as much as a mechanism's
  // messages take, and a PASS may be as long as a password.
  static constexpr std::size_t kMaxLine = 8 * 1024;

  enum class Flaw {
    too_long,       // nothing after it can be understood, so close
    bare_line_end,  // LF without CR, or CR without LF
    nul,
  };
  using Line = std::variant<std::string, Flaw>;  // without CR LF

  void receive(std::string_view bytes);
  std::optional<Line> next();
  bool is_empty() const { return head_ == buffer_.size(); }
  // RFC 2595 section 4: what was pipelined behind STLS is thrown away.
  void clear() { drop(buffer_.size() - head_); }

 private:
  void drop(std::size_t count);

  std::string buffer_;
  std::size_t head_ = 0;     // bytes of buffer_ that are used up
  std::size_t scanned_ = 0;  // bytes after head_ that hold no LF
};

}  // namespace yubin::pop3
