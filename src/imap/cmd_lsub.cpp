// LSUB (RFC 3501 section 6.3.9): the subscribed mailboxes, for clients that do not know LIST (SUBSCRIBED).
#include <algorithm>

#include "imap/commands.h"
#include "imap/grammar.h"
#include "imap/mailbox_tree.h"

namespace yubin::imap {

namespace {

struct Arguments {
  std::string reference;
  std::string pattern;
};

Result<Arguments> lsub_arguments(Cursor& cursor) {
  Arguments arguments;
  TRY_VOID(space(cursor));
  TRY(arguments.reference, mailbox(cursor));
  TRY_VOID(space(cursor));
  TRY(arguments.pattern, list_mailbox(cursor));
  TRY_VOID(end_of_command(cursor));
  return arguments;
}

// RFC 3501 section 6.3.9: with "%", a mailbox that is not subscribed but has subscribed ones below that the pattern
// does not show is told with \Noselect.
void put_mailbox_line(Context& context, MailboxTree const& tree, store::Mailbox const& mailbox,
                      MailboxPattern const& pattern) {
  if (!pattern.matches(mailbox.name)) return;
  auto hidden = [&](store::Mailbox const& below) { return below.subscribed && !pattern.matches(below.name); };
  if (!mailbox.subscribed && !std::ranges::any_of(tree.below(mailbox), hidden)) return;
  std::string& out = context.out;
  out += mailbox.subscribed ? "* LSUB () \"/\" " : "* LSUB (\\Noselect) \"/\" ";
  put_mailbox(out, mailbox.name.text(), context.names());
  out += "\r\n";
}

}  // namespace

Task<Reply> cmd_lsub(Context& context, Cursor cursor) {
  Result<Arguments> arguments = lsub_arguments(cursor);
  if (!arguments) co_return bad_syntax(arguments.error());
  Result<std::vector<store::Mailbox>> mailboxes = context.services.store.mailboxes(context.account());
  if (!mailboxes) co_return failure(mailboxes.error());
  MailboxTree const tree(*std::move(mailboxes));
  MailboxPattern const pattern(arguments->reference, arguments->pattern);
  for (store::Mailbox const& mailbox : tree.all()) {
    put_mailbox_line(context, tree, mailbox, pattern);
    co_await context.pause();
  }
  co_return ok("LSUB completed.");
}

}  // namespace yubin::imap
