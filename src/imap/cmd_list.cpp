// LIST (RFC 9051 section 6.3.9) with the options of RFC 5258, STATUS of RFC 5819 and special uses of RFC 6154.
#include <algorithm>

#include "imap/commands.h"
#include "imap/list_grammar.h"
#include "imap/mailbox_tree.h"
#include "imap/modseq.h"
#include "imap/special_use.h"

namespace yubin::imap {

namespace {

bool is_selected(store::Mailbox const& mailbox, ListArguments const& arguments) {
  if (arguments.select_subscribed && !mailbox.subscribed) return false;
  return !arguments.select_special_use || mailbox.special_use != store::SpecialUse::none;
}

// Which mailboxes below one are selected themselves: any, and any that the patterns do not show.
struct Below {
  bool any = false;
  bool hidden = false;
};

class Lister {
 public:
  Lister(ListArguments const& arguments, std::vector<store::Mailbox> mailboxes)
      : arguments_(arguments), tree_(std::move(mailboxes)) {
    for (std::string const& pattern : arguments.patterns) patterns_.emplace_back(arguments.reference, pattern);
  }

  std::span<store::Mailbox const> mailboxes() const { return tree_.all(); }
  // True: its STATUS is to follow.
  bool put(Context& context, store::Mailbox const& mailbox) const;

 private:
  Below look_below(store::Mailbox const& mailbox) const;
  void put_attributes(std::string& out, store::Mailbox const& mailbox) const;

  ListArguments const& arguments_;
  MailboxTree tree_;
  std::vector<MailboxPattern> patterns_;
};

Below Lister::look_below(store::Mailbox const& mailbox) const {
  Below found;
  for (store::Mailbox const& below : tree_.below(mailbox)) {
    if (!is_selected(below, arguments_)) continue;
    found.any = true;
    if (matches_any(patterns_, below.name)) continue;
    found.hidden = true;
    break;
  }
  return found;
}

void Lister::put_attributes(std::string& out, store::Mailbox const& mailbox) const {
  out += tree_.below(mailbox).empty() ? "(\\HasNoChildren" : "(\\HasChildren";
  if (arguments_.return_subscribed && mailbox.subscribed) out += " \\Subscribed";
  if (mailbox.special_use != store::SpecialUse::none) {
    out += ' ';
    out += use_name(mailbox.special_use);
  }
  out += ')';
}

bool Lister::put(Context& context, store::Mailbox const& mailbox) const {
  std::string& out = context.out;
  if (!matches_any(patterns_, mailbox.name)) return false;
  bool selected = is_selected(mailbox, arguments_);
  Below below;
  if (arguments_.recursive_match) below = look_below(mailbox);
  // RFC 5258 section 3.5: a mailbox that is only above selected ones is told if they would go unseen otherwise.
  if (!selected && !below.hidden) return false;
  out += "* LIST ";
  put_attributes(out, mailbox);
  out += " \"/\" ";
  put_mailbox(out, mailbox.name.text(), context.names());
  if (below.any && arguments_.select_subscribed) out += " (\"CHILDINFO\" (\"SUBSCRIBED\"))";
  out += "\r\n";
  return selected && !arguments_.return_status.empty();
}

}  // namespace

Task<Reply> cmd_list(Context& context, Cursor cursor) {
  Result<ListArguments> arguments = list_arguments(cursor);
  if (!arguments) co_return bad_syntax(arguments.error());
  // RFC 9051 section 6.3.9: an empty name asks for the delimiter.
  if (!arguments->extended && arguments->patterns.front().empty()) {
    context.out += "* LIST (\\Noselect) \"/\" \"\"\r\n";
    co_return ok("LIST completed.");
  }
  Result<std::vector<store::Mailbox>> mailboxes = context.services.store.mailboxes(context.account());
  if (!mailboxes) co_return failure(mailboxes.error());
  if (asks_for_modseq(arguments->return_status)) enable_condstore(context);
  Lister const lister(*arguments, *std::move(mailboxes));
  for (store::Mailbox const& mailbox : lister.mailboxes()) {
    if (lister.put(context, mailbox)) {
      Result<std::uint64_t> deleted = co_await find_deleted_storage(context, mailbox, arguments->return_status);
      if (!deleted) co_return failure(deleted.error());
      put_status(context, mailbox, arguments->return_status, *deleted);
    }
    co_await context.pause();
  }
  co_return ok("LIST completed.");
}

}  // namespace yubin::imap
