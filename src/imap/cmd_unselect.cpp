// UNSELECT (RFC 9051 section 6.4.2).
#include "imap/commands.h"

namespace yubin::imap {

Task<Reply> cmd_unselect(Context& context, Cursor cursor) {
  if (Result<> end = end_of_command(cursor); !end) co_return bad_syntax(end.error());
  context.view.reset();
  co_return ok("UNSELECT completed.");
}

}  // namespace yubin::imap
