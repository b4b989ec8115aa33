// The patterns of LIST and LSUB (RFC 9051 section 6.3.9): "*" stands for anything, "%" for anything within a level.
#pragma once

#include <string>
#include <string_view>

#include "store/types.h"

namespace yubin::imap {

class MailboxPattern {
 public:
  // The reference and the pattern as one, in UTF-8.
  MailboxPattern(std::string_view reference, std::string_view pattern);

  // Time is at most in proportion to the square of the name's length, whatever the pattern.
  bool matches(store::MailboxName const& name) const;

 private:
  std::string pattern_;       // runs of wildcards are one wildcard
  std::size_t literals_ = 0;  // characters of it that are no wildcards
};

}  // namespace yubin::imap
