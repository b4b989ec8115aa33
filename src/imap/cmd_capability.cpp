// CAPABILITY (RFC 9051 section 6.1.1).
#include "imap/capability.h"
#include "imap/commands.h"

namespace yubin::imap {

Task<Reply> cmd_capability(Context& context, Cursor cursor) {
  if (Result<> end = end_of_command(cursor); !end) co_return bad_syntax(end.error());
  context.out += "* CAPABILITY " + capabilities(context) + "\r\n";
  co_return ok("CAPABILITY completed.");
}

}  // namespace yubin::imap
