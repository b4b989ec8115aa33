// Finds complete commands with their literals in the bytes of a connection, and enforces the limits. A command is found
// at the same byte however the bytes were cut on their way.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace yubin::imap {

// One thread at a time. Memory: what `Limits` says and the bytes of one receive().
class Framer {
 public:
  struct Limits {
    std::size_t text = 64 * 1024;       // bytes of one command outside its literals, line ends included
    std::size_t literals = 256 * 1024;  // bytes of one command's collected literals together
  };
  explicit Framer(Limits limits) : limits_(limits) {}
  void set_limits(Limits limits) { limits_ = limits; }

  void receive(std::string_view bytes);

  struct More {};  // nothing is complete
  struct Command {
    std::string text;  // without its last CR LF; literals stand in it as they were sent
  };
  // text() ends in this announcement and its CR LF. Go on with collect(), pass_through() or abandon().
  struct Literal {
    std::uint64_t size;
    bool synchronizing;  // the client waits for a continuation; not so with LITERAL+ (RFC 7888)
  };
  enum class Flaw {
    too_long,       // more text than the limit; nothing after it can be understood, so close
    bare_line_end,  // LF without CR, or CR without LF
    nul,            // RFC 9051 section 9: CHAR8 and TEXT-CHAR exclude NUL
  };
  struct Broken {
    Flaw flaw;
    std::string text;  // begins with the command's tag
  };
  using Unit = std::variant<More, Command, Literal, Broken>;
  Unit next();

  // The command so far; good until the next call of a function that is not const.
  std::string_view text() const { return text_; }
  bool fits(Literal const& literal) const { return literal.size <= limits_.literals - collected_; }

  // Answers to a Literal. It belongs to the command (it must fit), …
  void collect(Literal const& literal) { literal_left_ = literal.size; }
  // … or it is read with chunk(), and what next() then finds is the rest of the command, …
  void pass_through(Literal const& literal);
  // … or it was refused and the client sends neither it nor the rest of the command. Also after pass_through().
  void abandon();

  // The next bytes of the literal that passes through, at most `limit`; empty: none has come yet. Points into the
  // buffer until the next call of a function that is not const.
  std::string_view chunk(std::size_t limit);
  std::uint64_t passing() const { return passing_; }  // bytes of it that were not yet given out

  // One line whatever stands in it: not a command, so `{5}` at its end is no literal. Empty: not complete.
  std::optional<std::variant<std::string, Flaw>> line();

  // RFC 9051 section 11.1: what was pipelined behind STARTTLS is thrown away.
  void clear();
  // What came behind the last command, for whom it is meant; forgotten here.
  std::string take_rest();
  bool empty() const { return head_ == buffer_.size(); }

 private:
  struct Line {
    std::size_t length;  // with its line end
    std::optional<Flaw> flaw;
  };
  std::string_view unread() const { return std::string_view(buffer_).substr(head_); }
  std::optional<Line> find_line();
  bool collect_literal();
  Unit complete_command();
  void drop(std::size_t count);

  Limits limits_;
  std::string buffer_;
  std::size_t head_ = 0;     // bytes of buffer_ that are used up
  std::size_t scanned_ = 0;  // bytes after head_ that hold no LF
  std::string text_;
  std::size_t collected_ = 0;  // bytes of text_ that are literals
  std::uint64_t literal_left_ = 0;
  std::uint64_t passing_ = 0;
  bool nul_ = false;  // in the command so far
};

}  // namespace yubin::imap
