// The rows of the session's command table; for session.cpp and the cmd_*.cpp only.
#pragma once

#include "smtp/session.h"

namespace yubin::smtp {

// Where the dialogue stands when a command comes (RFC 5321 section 4.1.4).
enum State : unsigned {
  kConnected = 1,  // no EHLO or HELO yet
  kGreeted = 2,
  kMail = 4,  // MAIL is accepted
  kRcpt = 8,  // and at least one RCPT
};
inline constexpr unsigned kAnyState = kConnected | kGreeted | kMail | kRcpt;

struct Session::Command {
  std::string_view verb;
  unsigned states;  // in all others: 503
  Step (Session::*handler)(std::string_view args);
  // RFC 2920 section 3.2: replies to MAIL, RCPT and RSET may wait for those of the commands that came with them, all
  // others must not be held.
  Sending sending;
};

}  // namespace yubin::smtp
