#include "cli/sendmail.h"

#include <fmt/format.h>
#include <pwd.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "base/assert.h"
#include "base/text.h"
#include "cli/aliases.h"
#include "cli/call.h"
#include "cli/print_queue.h"
#include "cli/sendmail_message.h"
#include "cli/sendmail_options.h"
#include "cli/submit_client.h"
#include "smtp/parameters.h"

namespace yubin::cli {

namespace {

constexpr char kAliases[] = "/etc/aliases";
constexpr char kMailName[] = "/etc/mailname";
constexpr std::size_t kMaxInput = 256 * 1024 * 1024;

std::string from_environment(char const* name, char const* otherwise) {
  char const* const value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : otherwise;
}

std::string_view base_name(std::string_view program) {
  return program.substr(program.rfind('/') + 1);
}

int complain_as(int status, std::string_view sentence) {
  fmt::print(stderr, "sendmail: {}\n", sentence);
  return status;
}

int status_of(Error const& error) {
  switch (error.code) {
    case Errc::syntax:
      return EX_USAGE;
    case Errc::denied:
      return EX_NOPERM;
    case Errc::not_found:
      return EX_NOINPUT;
    case Errc::temporary:
      return EX_TEMPFAIL;
    default:
      return EX_CONFIG;
  }
}

// A refusal of the server; `permanent` is what it means if it is one.
int status_of(SubmitClient::Reply const& reply, int permanent) {
  return reply.is_temporary() ? EX_TEMPFAIL : permanent;
}

struct Person {
  std::string name;
  std::string full_name;
};

Person who_calls() {
  Person person{.name = fmt::to_string(::getuid()), .full_name = {}};
  if (passwd const* const entry = ::getpwuid(::getuid())) {
    person.name = entry->pw_name;
    std::string_view const gecos = entry->pw_gecos == nullptr ? "" : entry->pw_gecos;
    person.full_name = gecos.substr(0, gecos.find(','));
  }
  return person;
}

// What addresses without a domain get: as Debian has it, or the server's name. Debian's installer writes the machine's
// bare name there if it knows no more; nobody could answer to that.
std::string own_domain(SubmitClient const& client) {
  std::ifstream in(from_environment("YUBIN_MAILNAME", kMailName));
  std::string line;
  std::getline(in, line);
  std::string_view const name = trim(line);
  return name.find('.') == std::string_view::npos ? client.host() : std::string(name);
}

std::string qualified(std::string const& address, std::string const& domain) {
  return address.find('@') == std::string::npos ? address + "@" + domain : address;
}

// What would be another command to the server.
Result<> expect_one_line(std::string_view address) {
  bool const bad =
      std::ranges::any_of(address, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; });
  return bad ? fail(Errc::syntax, fmt::format("{} is no address", quoted(address))) : Result<>();
}

std::string without_brackets(std::string_view address) {
  address = trim(address);
  if (address.starts_with('<') && address.ends_with('>')) address = address.substr(1, address.size() - 2);
  return std::string(address);
}

Result<std::string> read_input() {
  std::string input;
  char buffer[65536];
  for (;;) {
    ssize_t const n = ::read(STDIN_FILENO, buffer, sizeof buffer);
    if (n < 0) return fail(Errc::temporary, "cannot read the message");
    if (n == 0) return input;
    input.append(buffer, static_cast<std::size_t>(n));
    if (input.size() > kMaxInput) return fail(Errc::limit, "the message is too large");
  }
}

// One message on its way to the server.
class Delivery {
 public:
  Delivery(SendmailOptions options, SubmitClient client)
      : options_(std::move(options)), client_(std::move(client)), domain_(own_domain(client_)), who_(who_calls()) {}

  Result<int> send(std::string input);
  Result<int> verify();

 private:
  std::string sender() const { return options_.sender ? without_brackets(*options_.sender) : who_.name; }

  Result<std::vector<std::string>> recipients(std::vector<std::string> const& given) const {
    TRY(Aliases const aliases, Aliases::read(from_environment("YUBIN_ALIASES", kAliases)));
    std::vector<std::string> all;
    for (std::string const& one : given) {
      TRY(std::vector<std::string> const targets, aliases.expand(without_brackets(one)));
      for (std::string const& target : targets) {
        std::string address = qualified(target, domain_);
        TRY_VOID(expect_one_line(address));
        if (std::ranges::find(all, address) == all.end()) all.push_back(std::move(address));
      }
    }
    return all;
  }

  Result<SubmitClient::Reply> open(bool eight_bit) {
    TRY_VOID(client_.say("EHLO localhost"));
    std::string const from = sender();
    TRY_VOID(expect_one_line(from));
    std::string const address = from.empty() ? "" : qualified(from, domain_);
    std::string command = fmt::format("MAIL FROM:<{}>", address);
    if (eight_bit) command += " BODY=8BITMIME";
    if (std::ranges::any_of(address, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }))
      command += " SMTPUTF8";
    return client_.say(command + smtp::dsn_parameters(options_.parameters));
  }

  Result<SubmitClient::Reply> add(std::string const& recipient) {
    return client_.say(
        fmt::format("RCPT TO:<{}>{}", recipient, smtp::dsn_parameters(smtp::RecipientParameters{options_.notify, {}})));
  }

  SendmailOptions const options_;
  SubmitClient client_;
  std::string const domain_;
  Person const who_;
};

Result<int> Delivery::send(std::string input) {
  if (!options_.dot_is_text) input.resize(find_lone_dot(input));
  std::string const name = options_.full_name.empty() ? who_.full_name : options_.full_name;
  std::string const from = sender();
  LocalMessage const message = make_local_message(input, {qualified(from.empty() ? who_.name : from, domain_), name});
  std::vector<std::string> given = options_.recipients;
  if (options_.recipients_in_header) given.insert(given.end(), message.recipients.begin(), message.recipients.end());
  TRY(std::vector<std::string> const all, recipients(given));
  if (all.empty()) return complain_as(EX_USAGE, "no recipients");
  TRY(SubmitClient::Reply const opened, open(message.eight_bit));
  if (!opened.is_good()) return complain_as(status_of(opened, EX_NOPERM), opened.text);
  int status = EX_OK;
  std::size_t accepted = 0;
  for (std::string const& one : all) {
    TRY(SubmitClient::Reply const reply, add(one));
    if (reply.is_good()) {
      ++accepted;
    } else {
      status = complain_as(status_of(reply, EX_NOUSER), reply.text);
    }
  }
  if (accepted == 0) return status;
  TRY(SubmitClient::Reply const taken, client_.send_data(message.text));
  (void)client_.say("QUIT");  // nothing hangs on it
  return taken.is_good() ? status : complain_as(status_of(taken, EX_UNAVAILABLE), taken.text);
}

Result<int> Delivery::verify() {
  TRY(std::vector<std::string> const all, recipients(options_.recipients));
  TRY(SubmitClient::Reply const opened, open(false));
  if (!opened.is_good()) return complain_as(status_of(opened, EX_NOPERM), opened.text);
  int status = EX_OK;
  for (std::string const& one : all) {
    TRY(SubmitClient::Reply const reply, add(one));
    fmt::print("{}: {}\n", one, reply.text);
    if (!reply.is_good()) status = status_of(reply, EX_NOUSER);
  }
  return status;
}

Context admin() {
  Context context;
  context.socket = from_environment("ADMIN_SOCKET", "/run/yubin/admin.sock");
  return context;
}

int list_queue() {
  Result<boost::json::array> const messages = queued_messages(admin(), {}, 1'000'000);
  if (!messages) return complain_as(EX_UNAVAILABLE, messages.error().detail);
  print_queue(*messages);
  return EX_OK;
}

int run_queue() {
  boost::json::object const body{{"all", true}};
  Result<boost::json::object> const done = ask(admin(), "POST", "/api/v1/queue/retry", &body);
  return done ? EX_OK : complain_as(EX_UNAVAILABLE, done.error().detail);
}

// Nothing is compiled; a table that is wrong is said now, not when cron's mail is lost.
int check_aliases() {
  std::string const file = from_environment("YUBIN_ALIASES", kAliases);
  Result<Aliases> const aliases = Aliases::read(file);
  if (!aliases) return complain_as(EX_DATAERR, aliases.error().detail);
  fmt::print("{}: {} aliases\n", file, aliases->size());
  return EX_OK;
}

Result<SubmitClient> connect() {
  return SubmitClient::connect(from_environment("YUBIN_SUBMIT_SOCKET", kSubmitSocket));
}

Result<int> talk() {
  TRY(SubmitClient client, connect());
  TRY_VOID(client.talk_through());
  return EX_OK;
}

// Who calls may take hours to write the message, as cron does; the server, which would not wait that long, is asked
// only when all of it is here.
Result<int> deliver(SendmailOptions options) {
  TRY(std::string input, read_input());
  TRY(SubmitClient client, connect());
  return Delivery(std::move(options), std::move(client)).send(std::move(input));
}

Result<int> verify(SendmailOptions options) {
  TRY(SubmitClient client, connect());
  return Delivery(std::move(options), std::move(client)).verify();
}

Result<int> run(SendmailOptions options) {
  switch (options.mode) {
    case SendmailMode::nothing:
      return EX_OK;
    case SendmailMode::list_queue:
      return list_queue();
    case SendmailMode::run_queue:
      return run_queue();
    case SendmailMode::new_aliases:
      return check_aliases();
    case SendmailMode::smtp:
      return talk();
    case SendmailMode::verify:
      return verify(std::move(options));
    case SendmailMode::deliver:
      return deliver(std::move(options));
  }
  YUBIN_ASSERT(false);
}

}  // namespace

bool is_sendmail_name(std::string_view program) {
  std::string_view const name = base_name(program);
  return name == "sendmail" || name == "mailq" || name == "newaliases";
}

int run_sendmail(std::string_view program, std::span<std::string const> arguments) {
  Result<SendmailOptions> options = parse_sendmail_options(base_name(program), arguments);
  if (!options) return complain_as(EX_USAGE, options.error().detail);
  Result<int> const status = run(*std::move(options));
  return status ? *status : complain_as(status_of(status.error()), status.error().detail);
}

}  // namespace yubin::cli
