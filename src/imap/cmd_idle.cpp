// IDLE (RFC 9051 section 6.3.13): tells changes as they come, until the client says DONE.
#include "imap/commands.h"
#include "imap/tell.h"

namespace yubin::imap {

Task<Reply> cmd_idle(Context& context, Cursor cursor) {
  if (Result<> end = end_of_command(cursor); !end) co_return bad_syntax(end.error());
  // Subscribed first, then told: a change in between wakes.
  store::Subscription subscription = context.services.store.subscribe(context.account(), context.services.waker);
  context.out += "+ idling\r\n";
  for (;;) {
    co_await tell_changes(context, Expunges::told);
    if (context.closing) co_return no("");
    if (std::optional<Result<std::string>> line = find_line(context)) {
      if (!*line) co_return bad_syntax(line->error());
      if (!iequals(**line, "DONE")) co_return bad("Only DONE ends IDLE.");
      co_return ok("IDLE completed.");
    }
    co_await context.wait(Context::Input{});
  }
}

}  // namespace yubin::imap
