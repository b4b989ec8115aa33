// The command table: which command may come when, and what its end may tell.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "imap/context.h"
#include "imap/cursor.h"

namespace yubin::imap {

// RFC 9051 section 7.5.1: while a client speaks in sequence numbers, no EXPUNGE may shift them; it is told later.
enum class SequenceNumbers { unused, used };

// A handler reads its arguments (the cursor stands behind the command's name), does its work and returns the reply.
using Handler = Task<Reply> (*)(Context& context, Cursor cursor);

struct Command {
  std::string_view name;  // with "UID " before those that have two forms
  unsigned states;        // of State
  SequenceNumbers numbers;
  Handler run;
};

std::span<Command const> commands();

// Reads the name; none: no such command.
Command const* command_name(Cursor& cursor);

// Runs the command, then tells what has changed in the selected mailbox, as far as the row permits.
// Commands are run strictly one after another, so that pipelining is never ambiguous (RFC 9051 section 5.5).
Task<Reply> run_command(Context& context, Command const& command, Cursor cursor);

// Whether the literal that `text` ends with is APPEND's message, which is not collected: run the command with what
// there is, it reads the message and the rest itself.
bool ends_in_message(std::string_view text, NameForm names);

}  // namespace yubin::imap
