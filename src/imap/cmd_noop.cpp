// NOOP and CHECK (RFC 9051 section 6.1.2): what has changed is told at the end of every command.
#include "imap/commands.h"

namespace yubin::imap {

Task<Reply> cmd_noop(Context&, Cursor cursor) {
  if (Result<> end = end_of_command(cursor); !end) co_return bad_syntax(end.error());
  co_return ok("Completed.");
}

}  // namespace yubin::imap
