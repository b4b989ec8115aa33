#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <iostream>

#include "base/random.h"
#include "cli/call.h"

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
  bool from_stdin = false;
  bool generate = false;
  std::string hash;
};

struct Options {
  std::string address;
  PasswordChoice password;
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

Result<std::string> read_password(PasswordChoice const& choice) {
  if (choice.generate) {
    SystemRandom random;
    return random.token(kGeneratedLength);
  }
  std::string line;
  if (choice.from_stdin || ::isatty(STDIN_FILENO) == 0) {
    std::getline(std::cin, line);
  } else {
    fmt::print(stderr, "Password: ");
    EchoOff silent;
    std::getline(std::cin, line);
    fmt::print(stderr, "\n");
  }
  if (line.empty()) return fail(Errc::syntax, "no password given; type one, or use --password-stdin or --generate");
  return line;
}

int with_password(Context const& context, std::string_view method, std::string const& path, Options const& options,
                  std::string_view done) {
  json::object body;
  Result<std::string> password = "";
  if (options.password.hash.empty()) {
    password = read_password(options.password);
    if (!password) return complain(password.error().detail);
    body["password"] = *password;
  } else {
    body["password_hash"] = options.password.hash;
  }
  if (method == "POST") body["address"] = options.address;
  return call(context, method, path, &body, [&](json::object const& answer) {
    fmt::print("{} {}\n", done, text_of(answer, "address"));
    if (options.password.generate) fmt::print("password: {}\n", *password);
  });
}

}  // namespace

void add_account_command(CLI::App& app, Context& context) {
  CLI::App* account = app.add_subcommand("account", "people who receive mail here")->require_subcommand(1);
  auto options = std::make_shared<Options>();
  auto path = [options] { return "/api/v1/accounts/" + path_segment(options->address); };

  CLI::App* add =
      account->add_subcommand("add", "add an account; the password is asked for unless an option says otherwise");
  add->add_option("ADDRESS", options->address)->required();
  add_password_options(*add, options->password);
  add->callback([&context, options] {
    context.run = [&context, options] { return with_password(context, "POST", "/api/v1/accounts", *options, "added"); };
  });

  CLI::App* passwd = account->add_subcommand("passwd", "set an account's password");
  passwd->add_option("ADDRESS", options->address)->required();
  add_password_options(*passwd, options->password);
  passwd->callback([&context, options, path] {
    context.run = [&context, options, path] {
      return with_password(context, "PUT", path() + "/password", *options, "password set for");
    };
  });

  CLI::App* show = account->add_subcommand("show", "one account");
  show->add_option("ADDRESS", options->address)->required();
  show->callback([&context, path] {
    context.run = [&context, path] {
      return call(context, "GET", path(), nullptr, [](json::object const& answer) {
        fmt::print("address  {}\nid       {}\ncreated  {}\n", text_of(answer, "address"), text_of(answer, "id"),
                   text_of(answer, "created"));
      });
    };
  });

  CLI::App* remove = account->add_subcommand("remove", "remove an account and all its mail");
  remove->add_option("ADDRESS", options->address)->required();
  remove->callback([&context, path] {
    context.run = [&context, path] {
      return call(context, "DELETE", path(), nullptr,
                  [](json::object const& answer) { fmt::print("removed {}\n", text_of(answer, "removed")); });
    };
  });

  account->add_subcommand("list", "all accounts")->callback([&context] {
    context.run = [&context] {
      return call(context, "GET", "/api/v1/accounts", nullptr, [](json::object const& answer) {
        for (json::value const& entry : answer.at("accounts").as_array())
          fmt::print("{}\n", text_of(entry.as_object(), "address"));
      });
    };
  });
}

}  // namespace yubin::cli
