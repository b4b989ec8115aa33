// STORE and UID STORE (RFC 9051 section 6.4.6): one change for all messages.
#include "imap/commands.h"
#include "imap/message_set.h"
#include "imap/tell.h"

namespace yubin::imap {

namespace {

enum class Echo { shown, silent };

struct Arguments {
  SequenceSet set;
  store::FlagChange change;
  Echo echo = Echo::shown;
};

// store-att-flags = (["+" / "-"] "FLAGS" [".SILENT"]) SP (flag-list / (flag *(SP flag)))
Result<> store_att_flags(Cursor& cursor, Arguments& arguments) {
  if (cursor.skip("+")) {
    arguments.change.action = store::FlagAction::add;
  } else if (cursor.skip("-")) {
    arguments.change.action = store::FlagAction::remove;
  }
  TRY_VOID(expect(cursor, "FLAGS", "FLAGS"));
  if (cursor.skip(".SILENT")) arguments.echo = Echo::silent;
  TRY_VOID(space(cursor));
  FlagList list;
  if (cursor.peek() == '(') {
    TRY(list, flag_list(cursor));
  } else {
    do {
      TRY_VOID(flag(cursor, list));
    } while (cursor.skip(" "));
  }
  arguments.change.flags = list.flags;
  arguments.change.keywords = std::move(list.keywords);
  return {};
}

Result<Arguments> store_arguments(Cursor& cursor) {
  Arguments arguments;
  TRY_VOID(space(cursor));
  TRY(arguments.set, sequence_set(cursor));
  TRY_VOID(space(cursor));
  TRY_VOID(store_att_flags(cursor, arguments));
  TRY_VOID(end_of_command(cursor));
  return arguments;
}

Reply stored_reply(std::size_t wanted, std::size_t stored, Numbers numbers) {
  // RFC 2180 section 4.2.1: the rest is done; UIDs that do not exist are no error at all.
  if (numbers == Numbers::sequence && stored < wanted)
    return no("EXPUNGEISSUED", "Some of the messages do not exist any more.");
  return ok("STORE completed.");
}

std::size_t count(std::vector<SeqRange> const& ranges) {
  std::size_t sum = 0;
  for (SeqRange const& range : ranges) sum += range.last.value() - range.first.value() + 1;
  return sum;
}

Task<Reply> store_flags(Context& context, Cursor cursor, Numbers numbers) {
  Result<Arguments> arguments = store_arguments(cursor);
  if (!arguments) co_return bad_syntax(arguments.error());
  View& view = *context.view;
  if (view.access() == Access::read_only) co_return no("READ-ONLY", "The mailbox is open for reading only.");
  auto messages = named_messages(context, arguments->set, numbers);
  if (!messages) co_return messages.error();
  if (messages->empty()) co_return ok("STORE completed.");
  auto change = [account = context.account(), mailbox = view.mailbox(), uids = view.uid_ranges(*messages),
                 flags = std::move(arguments->change)](store::Changes& changes) {
    return changes.store_flags(account, mailbox, uids, flags);
  };
  auto ticket = context.services.store.change<store::FlagsStored>({context.account()}, Lane::reading, change);
  Result<store::FlagsStored> stored = co_await committed(context, std::move(ticket));
  if (!stored) co_return failure(stored.error());
  if (Result<> known = refresh_keywords(context); !known) co_return failure(known.error());
  for (store::MessageState const& state : stored->states) {
    view.mark_told(state.uid, state.modseq);
    std::optional<SeqNum> number = view.find(state.uid);
    if (!number || arguments->echo == Echo::silent) continue;
    put_flags_update(context.out, *number, state, view.keywords());
    co_await context.pause();
  }
  co_return stored_reply(count(*messages), stored->states.size(), numbers);
}

}  // namespace

Task<Reply> cmd_store(Context& context, Cursor cursor) {
  return store_flags(context, cursor, Numbers::sequence);
}

Task<Reply> cmd_uid_store(Context& context, Cursor cursor) {
  return store_flags(context, cursor, Numbers::uid);
}

}  // namespace yubin::imap
