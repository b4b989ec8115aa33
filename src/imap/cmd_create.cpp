// CREATE (RFC 9051 section 6.3.4), with a special use (RFC 6154 section 3).
#include "imap/commands.h"
#include "imap/grammar.h"
#include "imap/mailbox_commands.h"
#include "imap/special_use.h"

namespace yubin::imap {

namespace {

struct Arguments {
  std::string name;
  store::SpecialUse use = store::SpecialUse::none;
};

// create = "CREATE" SP mailbox [SP "(" "USE" SP "(" [use-attr *(SP use-attr)] ")" ")"]
Result<Arguments> create_arguments(Cursor& cursor) {
  Arguments arguments;
  TRY_VOID(space(cursor));
  TRY(arguments.name, mailbox(cursor));
  if (cursor.skip(" (USE (")) {
    TRY(arguments.use, use_attribute(cursor));
    TRY_VOID(expect(cursor, "))", "The end of the list of uses"));
  }
  TRY_VOID(end_of_command(cursor));
  return arguments;
}

}  // namespace

Task<Reply> cmd_create(Context& context, Cursor cursor) {
  Result<Arguments> arguments = create_arguments(cursor);
  if (!arguments) {
    // RFC 6154 section 3: a use that we do not have.
    if (arguments.error().code == Errc::not_found) co_return no("USEATTR", "There is no such use.");
    co_return bad_syntax(arguments.error());
  }
  // A final delimiter says that mailboxes below will follow; it is not part of the name.
  std::string_view text = arguments->name;
  if (text.ends_with(store::MailboxName::kDelimiter)) text.remove_suffix(1);
  Result<store::MailboxName> name = store::MailboxName::parse(text);
  if (!name) co_return failure(name.error());
  auto create = [account = context.account(), name = *name, use = arguments->use](store::Changes& changes) {
    return changes.create_mailbox(account, name, use);
  };
  auto ticket = context.services.store.change<store::Mailbox>({context.account()}, Lane::reading, create);
  Result<store::Mailbox> created = co_await committed(context, std::move(ticket));
  if (!created) co_return failure(created.error());
  // RFC 9051 section 6.3.4: where the name is not kept as it was sent.
  if (context.enabled.rev2 && created->name.text() != text) put_list_name(context, created->name, text);
  co_return ok("MAILBOXID (" + mailbox_id(created->object_id) + ")", "CREATE completed.");
}

}  // namespace yubin::imap
