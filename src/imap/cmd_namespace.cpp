// NAMESPACE (RFC 9051 section 6.3.10): one personal namespace without a prefix.
#include "imap/commands.h"

namespace yubin::imap {

Task<Reply> cmd_namespace(Context& context, Cursor cursor) {
  if (Result<> end = end_of_command(cursor); !end) co_return bad_syntax(end.error());
  context.out += "* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n";
  co_return ok("NAMESPACE completed.");
}

}  // namespace yubin::imap
