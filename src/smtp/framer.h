// Framers find complete units in the bytes of a connection: command lines, and the data of a message up to its end.
// They enforce the limits; what they keep is bounded by them, whatever the peer sends. A unit is found at the same byte
// however the bytes were cut on their way.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace yubin::smtp {

// Bytes received and not yet used. What rest() points into stays until append(), clear() or release().
class Input {
 public:
  void append(std::string_view bytes);
  std::string_view rest() const { return std::string_view(bytes_).substr(used_); }
  void consume(std::size_t count) { used_ += count; }
  void clear();
  void release();        // gives memory back that an idle connection does not need
  void wipe_consumed();  // what was used held a password

 private:
  std::string bytes_;
  std::size_t used_ = 0;
};

struct NeedMore {};  // the input is used up, or what is left of it is the beginning of a line
struct Skipped {};   // 64 KiB were thrown away; call again

// Command lines. A line ends in CR LF and nothing else (RFC 5321 section 2.3.8).
class LineFramer {
 public:
  explicit LineFramer(std::size_t limit) : limit_(limit) {}  // octets of a line with its CR LF

  struct Line {
    std::string_view text;  // without CR LF; points into the input
  };
  // Reported as soon as it is seen, once; the rest of the line is skipped.
  enum class Fault { too_long, bare_cr_or_lf };

  using Step = std::variant<NeedMore, Skipped, Line, Fault>;
  Step next(Input& input);

 private:
  Step refuse(Input& input, std::string_view seen, Fault fault);
  Step skip(Input& input);

  std::size_t limit_;
  std::size_t scanned_ = 0;  // so many bytes of the unfinished line hold no CR and no LF
  bool skipping_ = false;
  bool after_cr_ = false;  // while skipping: the last byte was CR
};

// The data after DATA. It ends at the first CR LF . CR LF, the CR LF of the command line counting as the first one, and
// nowhere else: what another server takes for the end must not be one here, or a second message could be smuggled in
// behind the first one's back. Bytes pass through as views; dots that the client put before a line's own dot are taken
// away (RFC 5321 section 4.5.2).
class DataFramer {
 public:
  explicit DataFramer(std::uint64_t limit) : limit_(limit) {}  // octets of the message, counted as it passes on

  struct Chunk {
    std::string_view bytes;  // at most 64 KiB; points into the input
  };
  // The message will be refused; reported once, as soon as it is seen. Its bytes are swallowed up to the real end.
  enum class Fault { too_large, bare_cr_or_lf };
  struct End {
    std::uint64_t size;          // octets passed on
    std::optional<Fault> fault;  // the first one
  };

  using Step = std::variant<NeedMore, Skipped, Chunk, Fault, End>;
  Step next(Input& input);
  bool is_refused() const { return fault_.has_value(); }

 private:
  enum class State { line_start, dot, dot_cr, text, cr };

  Step pass(std::string_view bytes);
  std::size_t text_length(std::string_view bytes) const;

  std::uint64_t limit_;
  std::uint64_t size_ = 0;
  State state_ = State::line_start;
  std::optional<Fault> fault_;
};

// Finds a CR without LF or an LF without CR in bytes that come in pieces, for messages that are not framed by lines.
class LineEnds {
 public:
  // False: there is one. Do not go on after that.
  bool feed(std::string_view bytes);
  bool finish() const { return !after_cr_; }  // the same for the end of the message

 private:
  bool after_cr_ = false;
};

}  // namespace yubin::smtp
