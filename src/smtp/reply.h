// What a server answers to a command (RFC 5321 section 4.2), with the enhanced status code of RFC 3463.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace yubin::smtp {

// "5.1.1" (RFC 3463 section 2). Its class is 2, 4 or 5: success, persistent transient failure, permanent failure.
struct EnhancedStatus {
  std::uint16_t status_class;
  std::uint16_t subject;
  std::uint16_t detail;

  std::string text() const;

  friend auto operator<=>(EnhancedStatus const&, EnhancedStatus const&) = default;
};

class Reply {
 public:
  // The status's class must be the code's first digit (RFC 2034 section 3).
  Reply(int code, EnhancedStatus status, std::string line);
  Reply(int code, EnhancedStatus status, std::vector<std::string> lines);
  // Without an enhanced status code: the greeting, answers to EHLO and HELO (RFC 2034 section 4), and 3yz.
  static Reply plain(int code, std::vector<std::string> lines);

  int code() const { return code_; }
  std::optional<EnhancedStatus> const& status() const { return status_; }
  std::vector<std::string> const& lines() const { return lines_; }
  bool is_positive() const { return code_ >= 200 && code_ < 300; }

  // The bytes for the wire, CR LF at the end of each line. Whatever the text holds (it may quote a peer), a line has
  // printable ASCII only and at most 512 octets, and there are at most 100: what is over is cut.
  std::string encode() const;

  friend bool operator==(Reply const&, Reply const&) = default;

 private:
  Reply(int code, std::optional<EnhancedStatus> status, std::vector<std::string> lines);

  int code_;
  std::optional<EnhancedStatus> status_;
  std::vector<std::string> lines_;
};

}  // namespace yubin::smtp
