// The command line: each file cmd_*.cpp adds one subcommand. All of them talk to the running server over its admin
// socket; what works without a server is added by app.
#pragma once

#include <functional>
#include <string>

namespace CLI {
class App;
}

namespace yubin::cli {

// Exit codes of every command.
inline constexpr int kYes = 0;
inline constexpr int kNo = 1;     // no, or failed
inline constexpr int kUsage = 2;  // the command line is wrong

inline constexpr char kConfigurationFile[] = "/etc/yubin/yubin.toml";

// What all commands share. The chosen subcommand sets `run`, which the caller then runs for the exit code.
struct Context {
  std::string socket;  // of the admin API
  bool json = false;   // print what the server answered, for programs
  std::function<int()> run;
};

// Global options, and the commands below. `context` outlives `app`.
void add_commands(CLI::App& app, Context& context);

void add_account_command(CLI::App& app, Context& context);
void add_alias_command(CLI::App& app, Context& context);
void add_check_command(CLI::App& app, Context& context);
void add_config_command(CLI::App& app, Context& context);
void add_backup_command(CLI::App& app, Context& context);
void add_dkim_command(CLI::App& app, Context& context);
void add_dns_command(CLI::App& app, Context& context);
void add_domain_command(CLI::App& app, Context& context);
void add_store_command(CLI::App& app, Context& context);
void add_server_commands(CLI::App& app, Context& context);  // status, listeners, reload
void add_trace_command(CLI::App& app, Context& context);

}  // namespace yubin::cli
