// STAT (RFC 1939 section 5).
#include <fmt/format.h>

#include "pop3/command.h"

namespace yubin::pop3 {

Task<Reply> cmd_stat(Context& context, std::string_view) {
  co_return ok(fmt::format("{} {}", context.maildrop->count(), context.maildrop->octets()));
}

}  // namespace yubin::pop3
