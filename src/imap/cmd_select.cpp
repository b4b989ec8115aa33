// SELECT and EXAMINE (RFC 9051 sections 6.3.2, 6.3.3).
#include <fmt/format.h>

#include <algorithm>

#include "base/format.h"
#include "imap/commands.h"
#include "imap/mailbox_commands.h"
#include "imap/modseq.h"
#include "imap/resync.h"
#include "imap/select_grammar.h"
#include "imap/tell.h"

namespace yubin::imap {

namespace {

constexpr std::uint32_t kUnseenPage = 256;  // states read at a time
constexpr std::uint32_t kUnseenPages = 16;  // and how often

// The first message without \Seen. Looked for from the end, where unseen messages are: there are `unseen` of them. If
// it is not among the last few thousand nothing is said, as RFC 3501 section 6.3.1 permits: a large mailbox opens as
// quickly as a small one.
std::optional<SeqNum> find_first_unseen(Context const& context, store::Mailbox const& mailbox) {
  View const& view = *context.view;
  std::uint32_t unseen = mailbox.unseen;
  if (unseen == mailbox.exists && view.exists() > 0) return SeqNum(1);
  if (unseen > kUnseenPage * kUnseenPages) return std::nullopt;
  store::Uid first{0};
  std::uint32_t last = view.exists();
  for (std::uint32_t page = 0; page < kUnseenPages && last > 0 && unseen > 0; ++page) {
    std::uint32_t const begin = last - std::min(last, kUnseenPage) + 1;
    store::UidRange const uids{view.uid(SeqNum(begin)), view.uid(SeqNum(last))};
    auto states = context.services.store.states(context.account(), view.mailbox(), uids, kUnseenPage);
    if (!states) return std::nullopt;
    for (auto state = states->rbegin(); state != states->rend() && unseen > 0; ++state) {
      if (state->flags.has(store::SystemFlag::seen)) continue;
      first = state->uid;
      --unseen;
    }
    last = begin - 1;
  }
  return unseen == 0 ? view.find(first) : std::nullopt;
}

// What only IMAP4rev1 has (RFC 9051 appendix E).
void put_opened_rev1(Context& context, store::Mailbox const& mailbox) {
  context.out += "* 0 RECENT\r\n";
  if (std::optional<SeqNum> first = find_first_unseen(context, mailbox))
    put_untagged(context.out, "OK", fmt::format("UNSEEN {}", first->value()), "The first unseen message.");
}

void put_opened(Context& context, store::Mailbox const& mailbox, std::string_view name) {
  std::string& out = context.out;
  View const& view = *context.view;
  put_mailbox_flags(out, view.keywords(), view.access());
  append_format(out, "* {} EXISTS\r\n", view.exists());
  if (context.enabled.rev2) {
    put_list_name(context, mailbox.name, name);
  } else {
    put_opened_rev1(context, mailbox);
  }
  put_untagged(out, "OK", fmt::format("UIDVALIDITY {}", view.uid_validity().value()), "UIDs are valid.");
  put_untagged(out, "OK", fmt::format("UIDNEXT {}", mailbox.uid_next.value()), "The next UID.");
  put_highest_modseq(context);
  put_untagged(out, "OK", "MAILBOXID (" + mailbox_id(mailbox.object_id) + ")", "RFC 8474.");
}

Task<Reply> open(Context& context, Cursor cursor, Access access) {
  Result<SelectArguments> arguments = select_arguments(cursor);
  if (!arguments) co_return bad_syntax(arguments.error());
  // RFC 7162 section 3.2.5.
  if (arguments->resync && !context.enabled.qresync) co_return bad("QRESYNC has to be enabled first.");
  // RFC 9051 section 6.3.2: an attempt that fails leaves no mailbox selected.
  if (context.view) put_untagged(context.out, "OK", "CLOSED", "The mailbox is closed.");
  context.view.reset();
  if (arguments->condstore) enable_condstore(context);
  Result<store::Mailbox> mailbox = get_mailbox_named(context, arguments->mailbox);
  if (!mailbox) co_return failure(mailbox.error());
  Result<std::vector<store::Uid>> uids = context.services.store.uids(context.account(), mailbox->id);
  if (!uids) co_return failure(uids.error());
  // The UIDs were read later than the mailbox: a message that came in between is told as a new one.
  std::erase_if(*uids, [&](store::Uid uid) { return uid >= mailbox->uid_next; });
  context.view.emplace(*mailbox, *std::move(uids), access);
  put_opened(context, *mailbox, arguments->mailbox);
  if (arguments->resync) {
    Result<> done = co_await resynchronize(context, *std::move(arguments->resync));
    if (!done) {
      context.view.reset();
      co_return failure(done.error());
    }
  }
  if (access == Access::read_only) co_return ok("READ-ONLY", "EXAMINE completed.");
  co_return ok("READ-WRITE", "SELECT completed.");
}

}  // namespace

Task<Reply> cmd_select(Context& context, Cursor cursor) {
  return open(context, cursor, Access::read_write);
}

Task<Reply> cmd_examine(Context& context, Cursor cursor) {
  return open(context, cursor, Access::read_only);
}

}  // namespace yubin::imap
