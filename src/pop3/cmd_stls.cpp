// STLS (RFC 2595 section 4).
#include "pop3/command.h"

namespace yubin::pop3 {

Task<Reply> cmd_stls(Context& context, std::string_view) {
  if (context.connection.tls == Connection::Tls::on) co_return err("TLS is on already.");
  if (context.connection.tls == Connection::Tls::none) co_return err("TLS is not possible here.");
  context.start_tls = true;
  co_return ok("Begin the TLS handshake now.");
}

}  // namespace yubin::pop3
