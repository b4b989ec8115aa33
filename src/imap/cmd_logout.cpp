// LOGOUT (RFC 9051 section 6.1.3).
#include "imap/commands.h"

namespace yubin::imap {

Task<Reply> cmd_logout(Context& context, Cursor cursor) {
  if (Result<> end = end_of_command(cursor); !end) co_return bad_syntax(end.error());
  context.view.reset();
  put_untagged(context.out, "BYE", "", "Good-bye.");
  context.logged_out = true;
  co_return ok("LOGOUT completed.");
}

}  // namespace yubin::imap
