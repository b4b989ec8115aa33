// STORE and UID STORE (RFC 9051 section 6.4.6), conditional too (RFC 7162 section 3.1.3).
#include <algorithm>

#include "imap/commands.h"
#include "imap/message_set.h"
#include "imap/modseq.h"
#include "imap/tell.h"
#include "store/bulk.h"

namespace yubin::imap {

namespace {

enum class Echo { shown, silent };

struct Arguments {
  SequenceSet set;
  store::FlagChange change;
  Echo echo = Echo::shown;
};

// store-modifier = "UNCHANGEDSINCE" SP mod-sequence-valzer
Result<> store_modifiers(Cursor& cursor, Arguments& arguments) {
  TRY_VOID(expect(cursor, "(UNCHANGEDSINCE ", "The modifier UNCHANGEDSINCE"));
  TRY(arguments.change.unchanged_since, mod_sequence(cursor));
  TRY_VOID(expect(cursor, ")", "The ) of the modifiers"));
  return space(cursor);
}

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
  if (cursor.peek() == '(') TRY_VOID(store_modifiers(cursor, arguments));
  TRY_VOID(store_att_flags(cursor, arguments));
  TRY_VOID(end_of_command(cursor));
  return arguments;
}

// MODIFIED SP sequence-set; empty if all were changed (RFC 7162 section 3.1.3).
std::string modified_code(View const& view, store::FlagsStored const& stored, Numbers numbers) {
  if (stored.modified.empty()) return {};
  std::vector<store::Uid> shown = stored.modified;
  if (numbers == Numbers::sequence) {
    // A message's number is written as a UID is.
    for (store::Uid& uid : shown) uid = store::Uid(view.find(uid).value_or(SeqNum(0)).value());
    std::erase(shown, store::Uid(0));
  }
  std::string code = "MODIFIED ";
  put_uid_set(code, shown);
  return code;
}

Reply stored_reply(View const& view, store::FlagsStored const& stored, std::size_t wanted, Numbers numbers) {
  std::string modified = modified_code(view, stored, numbers);
  // RFC 2180 section 4.2.1: the rest is done; UIDs that do not exist are no error at all.
  if (numbers == Numbers::sequence && stored.states.size() < wanted)
    return no(modified.empty() ? "EXPUNGEISSUED" : modified, "Some of the messages do not exist any more.");
  if (!modified.empty()) return ok(modified, "Some of the messages have been changed meanwhile.");
  return ok("STORE completed.");
}

// What others have changed up to `until` and the client has not heard of.
struct Unheard {
  store::ModSeq until;
  std::vector<store::Uid> uids = {};  // in order
};

Result<Unheard> read_unheard(Context const& context) {
  View const& view = *context.view;
  store::Store const& store = context.services.store;
  TRY(store::Mailbox mailbox, store.get_mailbox(context.account(), view.mailbox()));
  if (mailbox.highest_modseq == view.modseq()) return Unheard{view.modseq()};
  TRY(store::ChangesSince changes, store.changes_since(context.account(), view.mailbox(), view.modseq()));
  Unheard unheard{changes.mailbox.highest_modseq};
  for (store::MessageState const& state : changes.changed) unheard.uids.push_back(state.uid);
  std::ranges::sort(unheard.uids);
  return unheard;
}

// The client knows of this change, since it made it: it is not told again. If nothing else has happened since it was
// told last, the view is up to date with it; else the messages are remembered one by one. Of those whose flags it does
// not hear now, somebody else may have changed some before: that it must hear (RFC 9051 section 6.4.6).
void note_stored(View& view, store::StoredInBulk const& stored, Echo echo, Unheard const& unheard) {
  if (stored.undivided && stored.before == view.modseq()) return view.set_modseq(stored.after);
  bool const certain = stored.undivided && stored.before == unheard.until;
  for (store::MessageState const& state : stored.flags.states) {
    bool const heard = echo == Echo::shown || std::ranges::binary_search(stored.flags.modified, state.uid);
    bool const alone = certain && !std::ranges::binary_search(unheard.uids, state.uid);
    if (heard || alone) view.mark_told(state.uid, state.modseq);
  }
}

// What the client hears of each message. Those that were left alone tell why; of the others one that wants silence
// hears only the mod-sequence, if it knows of them.
Task<Done> put_stored(Context& context, store::FlagsStored const& stored, Echo echo) {
  View& view = *context.view;
  if (echo == Echo::silent && !context.enabled.condstore && stored.modified.empty()) co_return Done{};
  for (store::MessageState const& state : stored.states) {
    std::optional<SeqNum> const number = view.find(state.uid);
    bool const modified = std::ranges::binary_search(stored.modified, state.uid);
    bool const silent = echo == Echo::silent && !modified;
    if (!number || (silent && !context.enabled.condstore)) continue;
    put_update(context, *number, state, silent ? Flags::hidden : Flags::shown);
    co_await context.pause();
  }
  co_return Done{};
}

// The client has been told the names of all keywords that these have.
bool knows_keywords(View const& view, std::vector<store::MessageState> const& states) {
  std::size_t const known = view.keywords().size();
  return std::ranges::all_of(states, [&](store::MessageState const& state) {
    return state.keywords.empty() || state.keywords.back().value() < known;  // ascending
  });
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
  if (arguments->change.unchanged_since) enable_condstore(context);
  Result<Unheard> const unheard = read_unheard(context);
  if (!unheard) co_return failure(unheard.error());
  auto ticket = store::bulk_store_flags(context.services.store, context.account(), view.mailbox(),
                                        view.uid_ranges(*messages), std::move(arguments->change));
  Result<store::StoredInBulk> stored = co_await committed(context, std::move(ticket));
  if (!stored) co_return failure(stored.error());
  if (!knows_keywords(view, stored->flags.states)) {
    if (Result<> known = refresh_keywords(context); !known) co_return failure(known.error());
  }
  note_stored(view, *stored, arguments->echo, *unheard);
  co_await put_stored(context, stored->flags, arguments->echo);
  co_return stored_reply(view, stored->flags, count(*messages), numbers);
}

}  // namespace

Task<Reply> cmd_store(Context& context, Cursor cursor) {
  return store_flags(context, cursor, Numbers::sequence);
}

Task<Reply> cmd_uid_store(Context& context, Cursor cursor) {
  return store_flags(context, cursor, Numbers::uid);
}

}  // namespace yubin::imap
