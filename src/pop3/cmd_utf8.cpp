// UTF8 (RFC 6856 section 2.1).
//
// Names and passwords are taken as the bytes that they are, with or without it. Deviates from RFC 6856 section 2.1: a
// client that has not sent UTF8 gets a message with UTF-8 in its header section as it is stored, not a surrogate, since
// such mail has been coming without any SMTPUTF8 for decades and clients show it; refusing it would stop a download.
#include "pop3/command.h"

namespace yubin::pop3 {

Task<Reply> cmd_utf8(Context&, std::string_view) {
  co_return ok("UTF-8 it is.");
}

}  // namespace yubin::pop3
