// NOOP (RFC 1939 section 5).
#include "pop3/command.h"

namespace yubin::pop3 {

Task<Reply> cmd_noop(Context&, std::string_view) {
  co_return ok("Done.");
}

}  // namespace yubin::pop3
