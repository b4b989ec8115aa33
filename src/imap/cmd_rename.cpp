// RENAME (RFC 9051 section 6.3.6). A session that has the mailbox selected goes on with it: it is known by its id.
#include "imap/commands.h"
#include "imap/grammar.h"
#include "imap/mailbox_commands.h"
#include "store/bulk.h"

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

Task<Result<>> rename_mailbox(Context& context, store::MailboxName const& from, store::MailboxName const& to) {
  auto rename = [account = context.account(), from, to](store::Changes& changes) {
    return changes.rename_mailbox(account, from, to);
  };
  co_return co_await committed(
      context, context.services.store.change<void>({context.account()}, Lane::reading, std::move(rename)));
}

// INBOX stays, empty, and so does what is below it; its messages go into a new mailbox, which may be below it too. When
// not all could be moved, the new mailbox has the others.
Task<Result<>> rename_inbox(Context& context, store::MailboxName const& to) {
  store::Store& store = context.services.store;
  store::AccountId const account = context.account();
  CO_TRY(std::optional<store::Mailbox> inbox, store.find_mailbox(account, store::MailboxName::inbox()));
  if (!inbox) co_return fail(Errc::not_found, "no such mailbox");
  auto create = [account, to](store::Changes& changes) { return changes.create_mailbox(account, to); };
  CO_TRY(auto created,
         co_await committed(context, store.change<store::Mailbox>({account}, Lane::reading, std::move(create))));
  CO_TRY(auto moved, co_await committed(context, store::bulk_transfer(store, store::Transfer::move, account, inbox->id,
                                                                      {store::UidRange()}, to)));
  if (!moved) co_return fail(Errc::not_found, "the new mailbox was removed meanwhile");
  co_return Result<>();
}

}  // namespace

Task<Reply> cmd_rename(Context& context, Cursor cursor) {
  Result<Arguments> arguments = rename_arguments(cursor);
  if (!arguments) co_return bad_syntax(arguments.error());
  Result<store::MailboxName> from = store::MailboxName::parse(arguments->from);
  if (!from) co_return failure(from.error());
  Result<store::MailboxName> to = store::MailboxName::parse(arguments->to);
  if (!to) co_return failure(to.error());
  auto done = co_await (from->is_inbox() ? rename_inbox(context, *to) : rename_mailbox(context, *from, *to));
  if (!done) co_return failure(done.error());
  if (context.enabled.rev2) put_list_name(context, *to, from->text());
  co_return ok("RENAME completed.");
}

}  // namespace yubin::imap
