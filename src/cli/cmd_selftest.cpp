#include "cli/cmd_selftest.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <filesystem>
#include <optional>
#include <set>
#include <thread>

#include "base/clock.h"
#include "base/random.h"
#include "cli/call.h"
#include "cli/submit_client.h"
#include "cli/trace_entry.h"
#include "journal/describe.h"
#include "mime/compose.h"

namespace yubin::cli {

namespace {

namespace json = boost::json;

constexpr auto kLookEvery = std::chrono::seconds(1);

struct Options {
  std::string to;
  std::string from;  // empty: postmaster of the server's first domain
  unsigned wait = 600;
};

// What a recipient's fate means for the test; none: it goes on.
std::optional<bool> ended(std::string_view fate) {
  if (fate == "delivered" || fate == "relayed") return true;
  if (fate == "failed" || fate == "refused" || fate == "expired" || fate == "bounced") return false;
  return std::nullopt;
}

class SelfTest {
 public:
  SelfTest(Context const& context, Options options) : context_(context), options_(std::move(options)) {}

  int run() {
    Result<bool> const arrived = send_and_follow();
    return arrived ? (*arrived ? kYes : kNo) : complain(arrived.error().detail);
  }

 private:
  Result<bool> send_and_follow() {
    TRY(mime::Address const to, mime::Address::parse(options_.to));
    TRY(mime::Address const from, sender());
    TRY(std::string const id, send(from, to));
    if (!context_.json) fmt::print("sent from {} to {}: {}\n", from.text(), to.text(), id);
    return follow(id);
  }

  Result<mime::Address> sender() {
    if (!options_.from.empty()) return mime::Address::parse(options_.from);
    TRY(json::object const answer, ask(context_, "GET", "/api/v1/domains", nullptr));
    json::value const* domains = answer.if_contains("domains");
    if (domains == nullptr || !domains->is_array() || domains->get_array().empty())
      return fail(Errc::not_found, "this server has no domain to send from");
    json::value const& first = domains->get_array().front();
    return mime::Address::parse("postmaster@" + (first.is_object() ? text_of(first.get_object(), "name") : ""));
  }

  // Through the socket that programs of this machine use, which lies beside the admin socket. The id of the entry.
  Result<std::string> send(mime::Address const& from, mime::Address const& to) {
    std::filesystem::path const socket = std::filesystem::path(context_.socket).parent_path() / "submit.sock";
    TRY(SubmitClient client, SubmitClient::connect(socket.string()));
    TRY_VOID(client.say("EHLO localhost"));
    TRY_VOID(good(client.say(fmt::format("MAIL FROM:<{}>", from.text()))));
    TRY_VOID(good(client.say(fmt::format("RCPT TO:<{}>", to.text()))));
    TRY(SubmitClient::Reply const reply, client.send_data(message(from, to, client.host())));
    if (!reply.is_good()) return fail(Errc::conflict, reply.text);
    (void)client.say("QUIT");  // nothing hangs on it
    return reply.text.substr(reply.text.rfind(' ') + 1);
  }

  static Result<> good(Result<SubmitClient::Reply> const& reply) {
    if (!reply) return std::unexpected(reply.error());
    return reply->is_good() ? Result<>() : fail(Errc::conflict, reply->text);
  }

  static std::string message(mime::Address const& from, mime::Address const& to, std::string const& host) {
    SystemRandom random;
    std::string const mark = random.token(12);
    mime::Draft const draft{
        .from = {"", from},
        .to = {{"", to}},
        .subject = "Test of mail from " + host + " [" + mark + "]",
        .date = {.time = std::chrono::floor<std::chrono::seconds>(SystemClock().now())},
        .message_id = fmt::format("<selftest.{}@{}>", mark, host),
        .more_fields = {{"Auto-Submitted", "auto-generated"}},
        .text = fmt::format("Somebody tests whether mail from {} arrives.\r\nNothing is to be done.\r\n", host)};
    return mime::make_message(draft);
  }

  // Asks the journal until the fate is known, and tells what is new.
  Result<bool> follow(std::string const& id) {
    auto const until = std::chrono::steady_clock::now() + std::chrono::seconds(options_.wait);
    for (;;) {
      TRY(json::object const story, ask(context_, "GET", "/api/v1/journal/" + path_segment(id), nullptr));
      TRY(std::optional<bool> const arrived, look(story));
      if (arrived) {
        if (context_.json) fmt::print("{}\n", json::serialize(story));
        return *arrived;
      }
      if (std::chrono::steady_clock::now() >= until)
        return fail(Errc::temporary, fmt::format("after {} s it is still on its way; go on with yubin trace --id {}",
                                                 options_.wait, id));
      std::this_thread::sleep_for(kLookEvery);
    }
  }

  Result<std::optional<bool>> look(json::object const& story) {
    std::optional<bool> arrived;
    TRY(journal::Entry const first, entry_of(story));
    std::vector<journal::Entry> entries{first};
    json::value const* later = story.if_contains("later");
    if (later != nullptr && later->is_array()) {
      for (json::value const& one : later->get_array()) {
        TRY(journal::Entry next, entry_of(one.as_object()));
        entries.push_back(std::move(next));
      }
    }
    for (journal::Entry const& entry : entries) {
      if (!context_.json && told_.insert(entry.id).second) fmt::print("\n{}", journal::describe(entry));
      for (journal::RecipientFate const& one : entry.recipients)
        if (auto const known = ended(one.fate)) arrived = known;
    }
    return arrived;
  }

  Context const& context_;
  Options const options_;
  std::set<journal::EntryId> told_;
};

}  // namespace

void add_selftest_command(CLI::App& app, Context& context) {
  CLI::App* test = app.add_subcommand("selftest", "send a mail and follow it until its fate is known");
  auto options = std::make_shared<Options>();
  test->add_option("--to", options->to, "an address elsewhere, such as your own at a large provider")->required();
  test->add_option("--from", options->from, "the sender; postmaster of the first domain unless given");
  test->add_option("--wait", options->wait, "seconds to wait for")->capture_default_str();
  test->callback(
      [&context, options] { context.run = [&context, options] { return SelfTest(context, *options).run(); }; });
}

}  // namespace yubin::cli
