// LIST (RFC 1939 section 5). The octets are those that are stored, which RETR sends unless a line of the message ends
// in something else than CR LF or begins with "." (wire_text.h); only APPEND and imports bring such lines ends.
#include "pop3/command.h"
#include "pop3/listing.h"

namespace yubin::pop3 {

Task<Reply> cmd_list(Context& context, std::string_view arguments) {
  co_return co_await list_messages(
      context, arguments,
      [](Context const&, Maildrop::Message const& message, std::string& out) { out += std::to_string(message.size); });
}

}  // namespace yubin::pop3
