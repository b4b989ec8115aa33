// RENAME (RFC 9051 section 6.3.6). A session that has the mailbox selected goes on with it: it is known by its id.
#include "imap/commands.h"
#include "imap/grammar.h"
#include "imap/mailbox_commands.h"

namespace yubin::imap {

namespace {

struct Arguments {
  std::string from;
  std::string to;
};

Result<Arguments> rename_arguments(Cursor& cursor) {
  Arguments arguments;
  TRY_VOID(space(cursor));
  TRY(arguments.from, mailbox(cursor));
  TRY_VOID(space(cursor));
  TRY(arguments.to, mailbox(cursor));
  TRY_VOID(end_of_command(cursor));
  return arguments;
}

}  // namespace

Task<Reply> cmd_rename(Context& context, Cursor cursor) {
  Result<Arguments> arguments = rename_arguments(cursor);
  if (!arguments) co_return bad_syntax(arguments.error());
  Result<store::MailboxName> from = store::MailboxName::parse(arguments->from);
  if (!from) co_return failure(from.error());
  Result<store::MailboxName> to = store::MailboxName::parse(arguments->to);
  if (!to) co_return failure(to.error());
  auto rename = [account = context.account(), from = *from, to = *to](store::Changes& changes) {
    return changes.rename_mailbox(account, from, to);
  };
  auto done =
      co_await committed(context, context.services.store.change<void>({context.account()}, Lane::reading, rename));
  if (!done) co_return failure(done.error());
  if (context.enabled.rev2) put_list_name(context, *to, from->text());
  co_return ok("RENAME completed.");
}

}  // namespace yubin::imap
