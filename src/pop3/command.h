// The command table: which command may come when, and what it may be given.
#pragma once

#include <string>
#include <string_view>

#include "base/task.h"
#include "pop3/context.h"
#include "pop3/reply.h"

namespace yubin::pop3 {

// A handler gets what stands behind the command's name and one space, does its work and returns the reply. `arguments`
// is good until it returns.
using Handler = Task<Reply> (*)(Context& context, std::string_view arguments);

enum class When { authorization, transaction, always };
enum class Arguments { none, required, any };

struct Command {
  std::string_view name;
  When when;
  Arguments arguments;
  Handler run;
};

// Null: there is no such command. The name in any case (RFC 1939 section 3).
Command const* find_command(std::string_view name);
bool may_come(Command const& command, State state);

Task<Reply> cmd_auth(Context& context, std::string_view arguments);
Task<Reply> cmd_capa(Context& context, std::string_view arguments);
Task<Reply> cmd_dele(Context& context, std::string_view arguments);
Task<Reply> cmd_list(Context& context, std::string_view arguments);
Task<Reply> cmd_noop(Context& context, std::string_view arguments);
Task<Reply> cmd_pass(Context& context, std::string_view arguments);
Task<Reply> cmd_quit(Context& context, std::string_view arguments);
Task<Reply> cmd_retr(Context& context, std::string_view arguments);
Task<Reply> cmd_rset(Context& context, std::string_view arguments);
Task<Reply> cmd_stat(Context& context, std::string_view arguments);
Task<Reply> cmd_stls(Context& context, std::string_view arguments);
Task<Reply> cmd_top(Context& context, std::string_view arguments);
Task<Reply> cmd_uidl(Context& context, std::string_view arguments);
Task<Reply> cmd_user(Context& context, std::string_view arguments);
Task<Reply> cmd_utf8(Context& context, std::string_view arguments);

}  // namespace yubin::pop3
