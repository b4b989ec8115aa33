#include "imap/command.h"

#include "imap/commands.h"
#include "imap/grammar.h"
#include "imap/tell.h"

namespace yubin::imap {

namespace {

constexpr auto kBefore = static_cast<unsigned>(State::not_authenticated);
constexpr auto kSelected = static_cast<unsigned>(State::selected);
constexpr auto kAfter = static_cast<unsigned>(State::authenticated) | kSelected;
constexpr auto kAny = kBefore | kAfter;
constexpr auto kUnused = SequenceNumbers::unused;
constexpr auto kUsed = SequenceNumbers::used;

// RFC 9051 section 6. UID SEARCH may name sequence numbers, which it finds out itself. COPY and MOVE use sequence
// numbers too, but section 7.5.1 names only FETCH, STORE and SEARCH, and RFC 6851 section 3.3 wants the EXPUNGE
// responses before MOVE's end.
constexpr Command kCommands[] = {
    {"CAPABILITY", kAny, kUnused, cmd_capability},
    {"NOOP", kAny, kUnused, cmd_noop},
    {"LOGOUT", kAny, kUnused, cmd_logout},
    {"ID", kAny, kUnused, cmd_id},

    {"STARTTLS", kBefore, kUnused, cmd_starttls},
    {"LOGIN", kBefore, kUnused, cmd_login},
    {"AUTHENTICATE", kBefore, kUnused, cmd_authenticate},

    {"ENABLE", kAfter, kUnused, cmd_enable},
    {"SELECT", kAfter, kUnused, cmd_select},
    {"EXAMINE", kAfter, kUnused, cmd_examine},
    {"CREATE", kAfter, kUnused, cmd_create},
    {"DELETE", kAfter, kUnused, cmd_delete},
    {"RENAME", kAfter, kUnused, cmd_rename},
    {"SUBSCRIBE", kAfter, kUnused, cmd_subscribe},
    {"UNSUBSCRIBE", kAfter, kUnused, cmd_unsubscribe},
    {"LIST", kAfter, kUnused, cmd_list},
    {"LSUB", kAfter, kUnused, cmd_lsub},
    {"NAMESPACE", kAfter, kUnused, cmd_namespace},
    {"STATUS", kAfter, kUnused, cmd_status},
    {"APPEND", kAfter, kUnused, cmd_append},
    {"IDLE", kAfter, kUnused, cmd_idle},
    {"GETQUOTA", kAfter, kUnused, cmd_getquota},
    {"GETQUOTAROOT", kAfter, kUnused, cmd_getquotaroot},
    {"SETQUOTA", kAfter, kUnused, cmd_setquota},
    {"COMPRESS", kAfter, kUnused, cmd_compress},

    {"CHECK", kSelected, kUnused, cmd_noop},  // RFC 3501 section 6.4.1: as NOOP, everything is on disk already
    {"CLOSE", kSelected, kUnused, cmd_close},
    {"UNSELECT", kSelected, kUnused, cmd_unselect},
    {"EXPUNGE", kSelected, kUnused, cmd_expunge},
    {"UID EXPUNGE", kSelected, kUnused, cmd_uid_expunge},
    {"SEARCH", kSelected, kUsed, cmd_search},
    {"UID SEARCH", kSelected, kUnused, cmd_uid_search},
    {"FETCH", kSelected, kUsed, cmd_fetch},
    {"UID FETCH", kSelected, kUnused, cmd_uid_fetch},
    {"STORE", kSelected, kUsed, cmd_store},
    {"UID STORE", kSelected, kUnused, cmd_uid_store},
    {"COPY", kSelected, kUnused, cmd_copy},
    {"UID COPY", kSelected, kUnused, cmd_uid_copy},
    {"MOVE", kSelected, kUnused, cmd_move},
    {"UID MOVE", kSelected, kUnused, cmd_uid_move},
};

}  // namespace

std::span<Command const> commands() {
  return kCommands;
}

Command const* command_name(Cursor& cursor) {
  Result<std::string> name = atom(cursor);
  if (!name) return nullptr;
  if (iequals(*name, "UID") && cursor.skip(" ")) {
    Result<std::string> second = atom(cursor);
    if (!second) return nullptr;
    *name += " " + *second;
  }
  for (Command const& command : kCommands) {
    if (iequals(command.name, *name)) return &command;
  }
  return nullptr;
}

Task<Reply> run_command(Context& context, Command const& command, Cursor cursor) {
  context.holds_expunges = command.numbers == SequenceNumbers::used;
  Reply reply = co_await command.run(context, cursor);
  Expunges expunges = context.holds_expunges ? Expunges::held : Expunges::told;
  co_await tell_changes(context, expunges);
  co_return reply;
}

}  // namespace yubin::imap
