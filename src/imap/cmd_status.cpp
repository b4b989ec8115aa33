// STATUS (RFC 9051 section 6.3.11).
#include "imap/commands.h"
#include "imap/grammar.h"
#include "imap/mailbox_commands.h"
#include "imap/modseq.h"
#include "imap/status.h"

namespace yubin::imap {

namespace {

struct Arguments {
  std::string name;
  std::vector<StatusItem> items;
};

Result<Arguments> status_arguments(Cursor& cursor) {
  Arguments arguments;
  TRY_VOID(space(cursor));
  TRY(arguments.name, mailbox(cursor));
  TRY_VOID(space(cursor));
  TRY(arguments.items, status_items(cursor));
  TRY_VOID(end_of_command(cursor));
  return arguments;
}

}  // namespace

Task<Reply> cmd_status(Context& context, Cursor cursor) {
  Result<Arguments> arguments = status_arguments(cursor);
  if (!arguments) co_return bad_syntax(arguments.error());
  Result<store::Mailbox> mailbox = get_mailbox_named(context, arguments->name);
  if (!mailbox) co_return failure(mailbox.error());
  if (asks_for_modseq(arguments->items)) enable_condstore(context);
  Result<std::uint64_t> deleted = co_await find_deleted_storage(context, *mailbox, arguments->items);
  if (!deleted) co_return failure(deleted.error());
  put_status(context, *mailbox, arguments->items, *deleted);
  co_return ok("STATUS completed.");
}

}  // namespace yubin::imap
