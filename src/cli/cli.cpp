#include "cli/cli.h"

#include <CLI/CLI.hpp>

#include "cli/cmd_queue.h"
#include "cli/cmd_relay.h"
#include "cli/cmd_report.h"
#include "cli/cmd_selftest.h"

namespace yubin::cli {

void add_commands(CLI::App& app, Context& context) {
  context.socket = "/run/yubin/admin.sock";
  app.add_option("--socket", context.socket, "admin socket of the running server")->envname("ADMIN_SOCKET");
  app.add_flag("--json", context.json, "print JSON");
  app.fallthrough();
  add_server_commands(app, context);
  add_config_command(app, context);
  add_domain_command(app, context);
  add_account_command(app, context);
  add_alias_command(app, context);
  add_queue_command(app, context);
  add_dkim_command(app, context);
  add_relay_command(app, context);
  add_dns_command(app, context);
  add_check_command(app, context);
  add_backup_command(app, context);
  add_store_command(app, context);
  add_trace_command(app, context);
  add_report_command(app, context);
  add_selftest_command(app, context);
}

}  // namespace yubin::cli
