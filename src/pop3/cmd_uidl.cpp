// UIDL (RFC 1939 section 7).
#include "pop3/command.h"
#include "pop3/listing.h"

namespace yubin::pop3 {

Task<Reply> cmd_uidl(Context& context, std::string_view arguments) {
  co_return co_await list_messages(context, arguments,
                                   [](Context const& seen, Maildrop::Message const& message, std::string& out) {
                                     store::UidValidity const validity = seen.maildrop->uid_validity();
                                     out += seen.services.options->uidl.name(validity, message.uid);
                                   });
}

}  // namespace yubin::pop3
