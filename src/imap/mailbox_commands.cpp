#include "imap/mailbox_commands.h"

#include "imap/grammar.h"

namespace yubin::imap {

Result<std::string> only_mailbox(Cursor& cursor) {
  TRY_VOID(space(cursor));
  TRY(std::string name, mailbox(cursor));
  TRY_VOID(end_of_command(cursor));
  return name;
}

Result<store::Mailbox> get_mailbox_named(Context const& context, std::string_view name) {
  TRY(store::MailboxName parsed, store::MailboxName::parse(name));
  TRY(std::optional<store::Mailbox> mailbox, context.services.store.find_mailbox(context.account(), parsed));
  if (!mailbox) return fail(Errc::not_found, "no mailbox of that name");
  return *std::move(mailbox);
}

void put_list_name(Context& context, store::MailboxName const& name, std::string_view old_name) {
  std::string& out = context.out;
  out += "* LIST () \"/\" ";
  put_mailbox(out, name.text(), context.names());
  if (old_name != name.text()) {
    out += " (\"OLDNAME\" (";
    put_mailbox(out, old_name, context.names());
    out += "))";
  }
  out += "\r\n";
}

}  // namespace yubin::imap
