#include "pop3/command.h"

#include "base/text.h"

namespace yubin::pop3 {

namespace {

constexpr Command kCommands[] = {
    // RFC 1939 sections 4 and 7
    {"USER", When::authorization, Arguments::required, cmd_user},
    {"PASS", When::authorization, Arguments::required, cmd_pass},
    {"QUIT", When::always, Arguments::none, cmd_quit},

    // RFC 1939 sections 5 and 7
    {"STAT", When::transaction, Arguments::none, cmd_stat},
    {"LIST", When::transaction, Arguments::any, cmd_list},
    {"RETR", When::transaction, Arguments::required, cmd_retr},
    {"DELE", When::transaction, Arguments::required, cmd_dele},
    {"NOOP", When::transaction, Arguments::none, cmd_noop},
    {"RSET", When::transaction, Arguments::none, cmd_rset},
    {"TOP", When::transaction, Arguments::required, cmd_top},
    {"UIDL", When::transaction, Arguments::any, cmd_uidl},

    {"CAPA", When::always, Arguments::none, cmd_capa},         // RFC 2449 section 5
    {"STLS", When::authorization, Arguments::none, cmd_stls},  // RFC 2595 section 4
    {"AUTH", When::authorization, Arguments::any, cmd_auth},   // RFC 5034 section 4
    {"UTF8", When::authorization, Arguments::none, cmd_utf8},  // RFC 6856 section 2.1
};

}  // namespace

Command const* find_command(std::string_view name) {
  for (Command const& command : kCommands) {
    if (iequals(command.name, name)) return &command;
  }
  return nullptr;
}

bool may_come(Command const& command, State state) {
  if (command.when == When::always) return true;
  return (command.when == When::transaction) == (state == State::transaction);
}

}  // namespace yubin::pop3
