// STARTTLS (RFC 9051 section 6.2.1).
#include "imap/commands.h"

namespace yubin::imap {

Task<Reply> cmd_starttls(Context& context, Cursor cursor) {
  if (Result<> end = end_of_command(cursor); !end) co_return bad_syntax(end.error());
  if (context.connection.tls != Connection::Tls::offered) co_return bad("TLS is not possible here.");
  context.start_tls = true;
  co_return ok("Begin the TLS handshake now.");
}

}  // namespace yubin::imap
