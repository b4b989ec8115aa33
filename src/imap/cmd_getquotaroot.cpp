// GETQUOTAROOT (RFC 9208 section 4.1.2).
#include "imap/commands.h"
#include "imap/grammar.h"
#include "imap/mailbox_commands.h"
#include "imap/quota.h"

namespace yubin::imap {

// "Note that the mailbox name parameter doesn't have to reference an existing mailbox": the quota is the account's.
Task<Reply> cmd_getquotaroot(Context& context, Cursor cursor) {
  Result<std::string> text = only_mailbox(cursor);
  if (!text) co_return bad_syntax(text.error());
  Result<store::MailboxName> name = store::MailboxName::parse(*text);
  if (!name) co_return failure(name.error());
  Result<store::Quota> quota = context.services.store.quota(context.account());
  if (!quota) co_return failure(quota.error());
  Result<store::Usage> usage = context.services.store.usage(context.account());
  if (!usage) co_return failure(usage.error());
  // quotaroot-response = "QUOTAROOT" SP mailbox *(SP quota-root-name)
  context.out += "* QUOTAROOT ";
  put_mailbox(context.out, name->text(), context.names());
  if (is_limited(*quota)) {
    context.out += ' ';
    context.out += kQuotaRoot;
  }
  context.out += "\r\n";
  if (is_limited(*quota)) put_quota(context.out, *usage, *quota);
  co_return ok("GETQUOTAROOT completed.");
}

}  // namespace yubin::imap
