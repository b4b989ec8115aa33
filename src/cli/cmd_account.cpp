#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <iostream>

#include "base/random.h"
#include "base/text.h"
#include "cli/call.h"
#include "cli/cmd_app_password.h"
#include "cli/quantity.h"
#include "directory/sending_limits.h"

namespace yubin::cli {

namespace {

namespace json = boost::json;

constexpr std::size_t kGeneratedLength = 16;  // 80 bits

// While it lives, what is typed is not shown.
class EchoOff {
 public:
  EchoOff() : changed_(::tcgetattr(STDIN_FILENO, &before_) == 0) {
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    if (changed_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  ~EchoOff() {
    if (changed_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  EchoOff(EchoOff const&) = delete;
  EchoOff& operator=(EchoOff const&) = delete;

 private:
  termios before_{};
  bool changed_;
};

struct PasswordChoice {
  bool with_old = false;
  bool from_stdin = false;
  bool generate = false;
  std::string hash;
};

// As they were typed; empty: not given.
struct Settings {
  std::optional<std::string> name;
  std::string quota;
  std::string quota_messages;
  std::string services;
  std::string networks;
  std::array<std::string, directory::kSendingLimits> sending;
};

struct Options {
  std::string address;
  PasswordChoice password;
  Settings settings;
  bool now = false;
  std::optional<unsigned> grace_days;
  bool removed = false;
};

void add_password_options(CLI::App& command, PasswordChoice& choice) {
  CLI::Option* from_stdin =
      command.add_flag("--password-stdin", choice.from_stdin, "read the password from standard input, one line");
  CLI::Option* generate =
      command.add_flag("--generate", choice.generate, "make a password and print it")->excludes(from_stdin);
  command
      .add_option("--password-hash", choice.hash,
                  "the password as another server has stored it, with its scheme: '{SHA512-CRYPT}$6$...'")
      ->excludes(from_stdin)
      ->excludes(generate);
}

std::string read_line(std::string_view prompt, bool from_stdin) {
  std::string line;
  if (from_stdin || ::isatty(STDIN_FILENO) == 0) {
    std::getline(std::cin, line);
  } else {
    fmt::print(stderr, "{}: ", prompt);
    EchoOff silent;
    std::getline(std::cin, line);
    fmt::print(stderr, "\n");
  }
  return line;
}

Result<std::string> read_password(PasswordChoice const& choice) {
  if (choice.generate) {
    SystemRandom random;
    return random.token(kGeneratedLength);
  }
  std::string line = read_line(choice.with_old ? "New password" : "Password", choice.from_stdin);
  if (line.empty()) return fail(Errc::syntax, "no password given; type one, or use --password-stdin or --generate");
  return line;
}

void add_setting_options(CLI::App& command, Settings& settings) {
  command.add_option("--name", settings.name, "the person's name");
  command.add_option("--quota", settings.quota,
                     "how much may be stored, like 5G; none: no limit, default: the domain's");
  command.add_option("--quota-messages", settings.quota_messages, "how many messages; none, or default");
  command.add_option("--services", settings.services,
                     "what the account may log in to: smtp,imap,pop3,sieve,web, or all");
  constexpr std::array<char const*, directory::kSendingLimits> kWhat = {"messages", "messages", "recipients",
                                                                        "recipients"};
  for (std::size_t i = 0; i < directory::kSendingLimits; ++i) {
    std::string option = fmt::format("--{}", directory::kSendingLimitNames[i]);
    std::ranges::replace(option, '_', '-');
    command.add_option(option, settings.sending[i],
                       fmt::format("how many {} may be sent; none: no limit, default: submission.{}", kWhat[i],
                                   directory::kSendingLimitNames[i]));
  }
  command.add_option("--networks", settings.networks, "from where it may log in: 192.0.2.0/24,2001:db8::/32, or any");
}

Result<json::value> limit(std::string const& text, Result<std::uint64_t> (*parse)(std::string_view)) {
  if (text == "default") return json::value(nullptr);
  if (text == "none") return json::value(0);
  TRY(std::uint64_t number, parse(text));
  return json::value(number);
}

Result<std::uint64_t> parse_count(std::string_view text) {
  std::optional<std::uint64_t> const count = parse_number(text);
  if (!count) return fail(Errc::syntax, fmt::format("{} is no number", yubin::quoted(text)));
  return *count;
}

json::array list_in(std::string_view text, std::string_view word_for_empty) {
  json::array list;
  if (text == word_for_empty) return list;
  for (std::string_view each : split(text, ',')) list.push_back(json::string(each));
  return list;
}

Result<json::object> to_json(Settings const& settings) {
  json::object body;
  if (settings.name) body["name"] = *settings.name;
  if (!settings.quota.empty()) {
    TRY(body["quota_bytes"], limit(settings.quota, parse_size));
  }
  if (!settings.quota_messages.empty()) {
    TRY(body["quota_messages"], limit(settings.quota_messages, parse_count));
  }
  for (std::size_t i = 0; i < directory::kSendingLimits; ++i) {
    if (settings.sending[i].empty()) continue;
    TRY(body[directory::kSendingLimitNames[i]], limit(settings.sending[i], parse_count));
  }
  if (settings.services == "all") {
    body["services"] = json::array{"smtp", "imap", "pop3", "sieve", "web"};
  } else if (!settings.services.empty()) {
    body["services"] = list_in(settings.services, "none");
  }
  if (!settings.networks.empty()) body["networks"] = list_in(settings.networks, "any");
  return body;
}

int with_password(Context const& context, std::string_view method, std::string const& path, Options const& options,
                  std::string_view done) {
  Result<json::object> body = to_json(options.settings);
  if (!body) return complain(body.error().detail);
  if (options.password.with_old) (*body)["old_password"] = read_line("Old password", options.password.from_stdin);
  Result<std::string> password = "";
  if (options.password.hash.empty()) {
    password = read_password(options.password);
    if (!password) return complain(password.error().detail);
    (*body)["password"] = *password;
  } else {
    (*body)["password_hash"] = options.password.hash;
  }
  if (method == "POST") (*body)["address"] = options.address;
  return call(context, method, path, &*body, [&](json::object const& answer) {
    fmt::print("{} {}\n", done, text_of(answer, "address"));
    if (options.password.generate) fmt::print("password: {}\n", *password);
  });
}

std::string joined(json::object const& answer, char const* name, std::string_view if_empty) {
  std::string text;
  for (json::value const& each : answer.at(name).as_array()) {
    if (!text.empty()) text += ", ";
    text += std::string_view(each.as_string());
  }
  return text.empty() ? std::string(if_empty) : text;
}

void print_settings(json::object const& answer) {
  fmt::print("name      {}\nservices  {}\nnetworks  {}\n", text_of(answer, "name"), joined(answer, "services", "none"),
             joined(answer, "networks", "any"));
  std::string sending;
  for (std::string_view name : directory::kSendingLimitNames) {
    json::value const& own = answer.at(name);
    if (own.is_null()) continue;
    std::string words(name);
    std::ranges::replace(words, '_', ' ');
    std::uint64_t const most = own.to_number<std::uint64_t>();
    sending += fmt::format("{}{} {}", sending.empty() ? "" : ", ", most == 0 ? "any" : std::to_string(most), words);
  }
  if (!sending.empty()) fmt::print("may send  {}\n", sending);
}

// "12.0 MiB of 5.0 GiB (the domain's)"
void print_usage(json::object const& answer) {
  auto number = [&](char const* name) { return answer.at(name).to_number<std::uint64_t>(); };
  auto source = [&](char const* name) { return answer.at(name).is_null() ? " (the domain's)" : ""; };
  std::uint64_t const bytes = number("limit_bytes");
  std::uint64_t const messages = number("limit_messages");
  fmt::print("storage   {} of {}{}\n", size_text(number("used_bytes")), bytes == 0 ? "no limit" : size_text(bytes),
             source("quota_bytes"));
  fmt::print("messages  {} of {}{}\n", number("used_messages"),
             messages == 0 ? std::string("no limit") : std::to_string(messages), source("quota_messages"));
}

int change(Context const& context, std::string const& path, Options const& options) {
  Result<json::object> body = to_json(options.settings);
  if (!body) return complain(body.error().detail);
  if (body->empty()) return complain("nothing to set; see yubin account set --help");
  return call(context, "PATCH", path, &*body, [](json::object const& answer) {
    fmt::print("changed {}\n", text_of(answer, "address"));
    print_settings(answer);
  });
}

int show(Context const& context, std::string const& path) {
  return call(context, "GET", path, nullptr, [](json::object const& answer) {
    fmt::print("address   {}\nid        {}\ncreated   {}\n", text_of(answer, "address"), text_of(answer, "id"),
               text_of(answer, "created"));
    print_settings(answer);
    print_usage(answer);
  });
}

int remove(Context const& context, std::string const& path, Options const& options) {
  json::object body{{"now", options.now}};
  if (options.grace_days) body["grace_days"] = *options.grace_days;
  return call(context, "DELETE", path, &body, [&](json::object const& answer) {
    if (options.now) {
      fmt::print("removed {}; its mail is being erased\n", text_of(answer, "removed"));
    } else {
      fmt::print("removed {}; its mail is kept until {}, and `yubin account restore {}` brings it back\n",
                 text_of(answer, "removed"), text_of(answer, "purge_after"), text_of(answer, "removed"));
    }
  });
}

int restore(Context const& context, std::string const& path) {
  return call(context, "POST", path + "/restore", nullptr,
              [](json::object const& answer) { fmt::print("restored {}\n", text_of(answer, "address")); });
}

int list(Context const& context, Options const& options) {
  std::string const path = options.removed ? "/api/v1/removed-accounts" : "/api/v1/accounts";
  return call(context, "GET", path, nullptr, [&](json::object const& answer) {
    for (json::value const& entry : answer.at("accounts").as_array()) {
      json::object const& account = entry.as_object();
      std::string const until = options.removed ? " until " + text_of(account, "purge_after") : "";
      fmt::print("{}{}\n", text_of(account, "address"), until);
    }
  });
}

}  // namespace

void add_account_command(CLI::App& app, Context& context) {
  CLI::App* account = app.add_subcommand("account", "people who receive mail here")->require_subcommand(1);
  auto options = std::make_shared<Options>();
  auto path = [options] { return "/api/v1/accounts/" + path_segment(options->address); };
  auto add_command = [&](char const* name, char const* description, std::function<int()> run) {
    CLI::App* command = account->add_subcommand(name, description);
    command->callback([&context, run = std::move(run)] { context.run = run; });
    return command;
  };
  auto with_address = [options](CLI::App* command) {
    command->add_option("ADDRESS", options->address)->required();
    return command;
  };

  CLI::App* add = with_address(add_command(
      "add", "add an account; the password is asked for unless an option says otherwise",
      [&context, options] { return with_password(context, "POST", "/api/v1/accounts", *options, "added"); }));
  add_password_options(*add, options->password);
  add_setting_options(*add, options->settings);

  CLI::App* set = with_address(add_command("set", "change what is set for an account",
                                           [&context, options, path] { return change(context, path(), *options); }));
  add_setting_options(*set, options->settings);

  CLI::App* passwd = with_address(add_command("passwd", "set an account's password", [&context, options, path] {
    return with_password(context, "PUT", path() + "/password", *options, "password set for");
  }));
  add_password_options(*passwd, options->password);
  passwd->add_flag("--with-old", options->password.with_old,
                   "read the old password first, and change nothing if it is wrong: for a script that people use "
                   "themselves");
  add_app_password_commands(*account, context);

  with_address(add_command("show", "one account, its quota and how much it holds",
                           [&context, path] { return show(context, path()); }));

  CLI::App* remove_command =
      with_address(add_command("remove", "close an account; its mail is kept for a while, so that it can be restored",
                               [&context, options, path] { return remove(context, path(), *options); }));
  CLI::Option* now = remove_command->add_flag("--now", options->now, "erase its mail too, without a way back");
  remove_command->add_option("--grace", options->grace_days, "days for which the mail is kept; 30 unless told")
      ->excludes(now);

  with_address(add_command("restore", "bring back an account that was removed",
                           [&context, path] { return restore(context, path()); }));

  add_command("list", "all accounts", [&context, options] {
    return list(context, *options);
  })->add_flag("--removed", options->removed, "those that were removed and can be restored");
}

}  // namespace yubin::cli
