// The rows of the session's command table; for session.cpp and the cmd_*.cpp only.
#pragma once

#include "smtp/session.h"

namespace yubin::smtp {

// Where the dialogue stands when a command comes (RFC 5321 section 4.1.4), as bits of a set.
inline constexpr unsigned kConnected = 1;  // no EHLO or HELO yet
inline constexpr unsigned kGreeted = 2;
inline constexpr unsigned kMail = 4;     // MAIL is accepted
inline constexpr unsigned kRcpt = 8;     // and at least one RCPT
inline constexpr unsigned kChunks = 16;  // and at least one BDAT
inline constexpr unsigned kAnyState = kConnected | kGreeted | kMail | kRcpt | kChunks;

// Where a command is known, as bits of a set.
inline constexpr unsigned kSmtp = 1;
inline constexpr unsigned kLmtp = 2;
inline constexpr unsigned kBoth = kSmtp | kLmtp;

struct Session::Command {
  // RFC 4954 section 6: where a login is needed, only AUTH, EHLO, HELO, NOOP, RSET and QUIT come before it.
  enum class Login { before, after };

  std::string_view verb;
  unsigned protocols;
  unsigned states;  // in all others: 503
  // RFC 2920 section 3.2: replies to MAIL, RCPT and RSET may wait for those of the commands that came with them, all
  // others must not be held.
  Sending sending;
  Step (Session::*handler)(std::string_view args);
  Login login = Login::before;
};

}  // namespace yubin::smtp
