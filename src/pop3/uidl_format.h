// How a message is named to UIDL (RFC 1939 section 7). Clients that leave mail on the server know what they have by
// these names, so a server that mail has moved to must give those of the server where it was.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/types.h"

namespace yubin::pop3 {

// A text in which %u stands for the message's UID and %v for the mailbox's UIDVALIDITY in decimal; between the percent
// sign and the letter may stand a 0 and a width from 1 to 10, to which it is filled up with zeros, and then X or x for
// hexadecimal. %% is a percent sign. Immutable.
class UidlFormat {
 public:
  // What Dovecot gives unless told otherwise, so that its clients find what they know.
  UidlFormat();
  // Errors: syntax: an unknown sign; no %u, which alone tells two messages apart; a result that could have a character
  // outside 0x21 to 0x7E or be longer than the 70 of RFC 1939 section 7.
  static Result<UidlFormat> parse(std::string_view text);

  std::string name(store::UidValidity uid_validity, store::Uid uid) const;
  std::string const& text() const { return text_; }

 private:
  struct Empty {};
  explicit UidlFormat(Empty) {}

  enum class Value : std::uint8_t { literal, uid, uid_validity };
  struct Part {
    Value value = Value::literal;
    std::string literal;
    int width = 0;
    char base = 'd';  // as fmt names it: d, x, X
  };
  static Result<Part> parse_number_part(std::string_view& text);
  static std::size_t longest(Part const& part);

  std::string text_;
  std::vector<Part> parts_;
};

}  // namespace yubin::pop3
