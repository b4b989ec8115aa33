// yubin_bench_load smtp|imap|pop3|wait|idle|push: load for a mail server, any that speaks the standards.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "bench/imap_load.h"
#include "bench/smtp_load.h"
#include "bench/watch.h"

namespace yubin::bench {
namespace {

void add_target(CLI::App& app, Target& target) {
  app.add_option("--host", target.host);
  app.add_option("--port", target.port)->required();
  app.add_flag("--tls", target.tls);
}

void add_imap_options(CLI::App& app, ImapLoad& load) {
  add_target(app, load.target);
  app.add_option("--connections", load.connections)->check(CLI::Range(1, 20000));
  app.add_option("--users", load.users)->check(CLI::Range(1, 100000));
  app.add_option("--domain", load.domain);
  app.add_option("--password", load.password)->required();
}

void print(std::string_view work, ImapResult result) {
  auto const operations = static_cast<double>(result.latencies.count());
  Row(work)
      .set("operations", operations)
      .set("seconds", result.seconds)
      .set("rate", operations / result.seconds)
      .set("rows_per_s", static_cast<double>(result.rows) / result.seconds)
      .set("mb_per_s", static_cast<double>(result.bytes) / 1e6 / result.seconds)
      .set("p50_ms", result.latencies.percentile(0.5))
      .set("p99_ms", result.latencies.percentile(0.99))
      .print();
}

void add_smtp(CLI::App& app) {
  CLI::App* smtp = app.add_subcommand("smtp", "mail over many connections");
  auto load = std::make_shared<SmtpLoad>();
  add_target(*smtp, load->target);
  smtp->add_option("--connections", load->connections)->check(CLI::Range(1, 20000));
  smtp->add_option("--messages", load->messages)->check(CLI::Range(1, 100000000));
  smtp->add_option("--sizes", load->sizes, "bytes, separated by commas");
  smtp->add_option("--recipients", load->recipients)->check(CLI::Range(1, 1000));
  smtp->add_option("--users", load->users)->check(CLI::Range(1, 100000));
  smtp->add_option("--domain", load->domain);
  smtp->add_option("--sender", load->sender);
  smtp->add_flag("--connection-per-message", load->connection_per_message);
  smtp->callback([load] {
    SmtpResult result = run_smtp(*load);
    auto const messages = static_cast<double>(load->messages);
    Row("smtp")
        .set("messages", messages)
        .set("seconds", result.seconds)
        .set("rate", messages / result.seconds)
        .set("bytes", static_cast<double>(result.bytes))
        .set("p50_ms", result.latencies.percentile(0.5))
        .set("p99_ms", result.latencies.percentile(0.99))
        .print();
  });
}

void add_imap(CLI::App& app) {
  CLI::App* imap = app.add_subcommand("imap", "commands over many connections");
  auto load = std::make_shared<ImapLoad>();
  add_imap_options(*imap, *load);
  imap->add_option("--setup", load->setup, "commands after LOGIN, on each connection");
  imap->add_option("--command", load->command, "of one operation");
  imap->add_option("--operations", load->operations)->check(CLI::Range(1, 100000000));
  imap->add_option("--pipelined", load->pipelined)->check(CLI::Range(1, 10000));
  imap->add_flag("--logins", load->login_is_operation, "an operation is a connection with LOGIN, setup and LOGOUT");
  imap->callback([load] { print("imap", run_imap(*load)); });
}

void add_others(CLI::App& app) {
  CLI::App* pop3 = app.add_subcommand("pop3", "RETR of the last --operations messages of user1");
  auto pop3_load = std::make_shared<ImapLoad>();
  add_imap_options(*pop3, *pop3_load);
  pop3->add_option("--operations", pop3_load->operations)->check(CLI::Range(1, 100000000));
  pop3->callback([pop3_load] { print("pop3", run_pop3(*pop3_load)); });

  CLI::App* wait = app.add_subcommand("wait", "until the INBOXes of all users together hold so many messages");
  auto wait_load = std::make_shared<ImapLoad>();
  add_imap_options(*wait, *wait_load);
  auto messages = std::make_shared<std::uint64_t>(0);
  wait->add_option("--messages", *messages)->required();
  wait->callback([wait_load, messages] { wait_for_messages(*wait_load, *messages, 600); });

  CLI::App* idle = app.add_subcommand("idle", "holds connections in IDLE until its input ends");
  auto idle_load = std::make_shared<ImapLoad>();
  add_imap_options(*idle, *idle_load);
  idle->callback([idle_load] { hold_idle(*idle_load); });

  CLI::App* push = app.add_subcommand("push", "from the end of a message to the EXISTS in IDLE");
  auto push_load = std::make_shared<ImapLoad>();
  add_imap_options(*push, *push_load);
  auto smtp = std::make_shared<Target>();
  push->add_option("--smtp-port", smtp->port)->required();
  auto count = std::make_shared<std::uint64_t>(200);
  push->add_option("--messages", *count)->check(CLI::Range(1, 1000000));
  push->callback([push_load, smtp, count] {
    Latencies latencies = run_idle_latency(*smtp, *push_load, *count);
    Row("push").set("p50_ms", latencies.percentile(0.5)).set("p99_ms", latencies.percentile(0.99)).print();
  });
}

}  // namespace
}  // namespace yubin::bench

int main(int argc, char** argv) {
  CLI::App app("load for a mail server", "yubin_bench_load");
  yubin::bench::add_smtp(app);
  yubin::bench::add_imap(app);
  yubin::bench::add_others(app);
  app.require_subcommand(1);
  try {
    app.parse(argc, argv);
  } catch (CLI::ParseError const& error) {
    return app.exit(error);
  } catch (std::exception const& error) {
    fmt::print(stderr, "yubin_bench_load: {}\n", error.what());
    return 1;
  }
  return 0;
}
