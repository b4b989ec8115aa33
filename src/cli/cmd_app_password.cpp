#include "cli/cmd_app_password.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <memory>

#include "base/text.h"
#include "cli/call.h"

namespace yubin::cli {

namespace {

namespace json = boost::json;

struct Options {
  std::string address;
  std::string name;
  std::string services;
  std::string networks;
};

std::string path_of(Options const& options) {
  return "/api/v1/accounts/" + path_segment(options.address) + "/app-passwords";
}

json::array list_in(std::string_view text) {
  json::array list;
  for (std::string_view each : split(text, ',')) list.push_back(json::string(each));
  return list;
}

std::string joined(json::object const& answer, char const* name) {
  std::string text;
  for (json::value const& each : answer.at(name).as_array())
    text += (text.empty() ? "" : ",") + std::string(std::string_view(each.as_string()));
  return text.empty() ? "any" : text;
}

int add(Context const& context, Options const& options) {
  json::object body{{"name", options.name}};
  if (!options.services.empty() && options.services != "all") body["services"] = list_in(options.services);
  if (!options.networks.empty() && options.networks != "any") body["networks"] = list_in(options.networks);
  return call(context, "POST", path_of(options), &body, [](json::object const& answer) {
    fmt::print("app password for {}, {}: {}\nIt cannot be shown again; hyphens and case do not matter.\n",
               text_of(answer, "address"), text_of(answer, "name"), text_of(answer, "password"));
  });
}

int list(Context const& context, Options const& options) {
  return call(context, "GET", path_of(options), nullptr, [](json::object const& answer) {
    for (json::value const& entry : answer.at("app_passwords").as_array()) {
      json::object const& one = entry.as_object();
      std::string const used = one.at("last_used").is_null()
                                   ? std::string("never used")
                                   : "used " + text_of(one, "last_used") + " from " + text_of(one, "last_peer");
      fmt::print("{}  services {}  networks {}  added {}  {}\n", text_of(one, "name"), joined(one, "services"),
                 joined(one, "networks"), text_of(one, "created"), used);
    }
  });
}

int remove(Context const& context, Options const& options) {
  json::object const body{{"name", options.name}};
  return call(context, "DELETE", path_of(options), &body, [](json::object const& answer) {
    fmt::print("removed the app password {} of {}\n", text_of(answer, "removed"), text_of(answer, "address"));
  });
}

}  // namespace

void add_app_password_commands(CLI::App& account, Context& context) {
  CLI::App* group =
      account.add_subcommand("app-password", "further passwords of an account, each for one program or device")
          ->require_subcommand(1);
  auto options = std::make_shared<Options>();
  auto add_command = [&](char const* name, char const* description, int (*run)(Context const&, Options const&)) {
    CLI::App* command = group->add_subcommand(name, description);
    command->add_option("ADDRESS", options->address, "the account")->required();
    command->callback(
        [&context, options, run] { context.run = [&context, options, run] { return run(context, *options); }; });
    return command;
  };
  CLI::App* added = add_command("add", "make one and print it, this once", add);
  added->add_option("NAME", options->name, "what it is for, like \"fax in the hall\"")->required();
  added->add_option("--services", options->services, "what it may log in to: smtp,imap,pop3,sieve,web, or all");
  added->add_option("--networks", options->networks, "from where: 192.0.2.0/24,2001:db8::/32, or any");
  add_command("list", "an account's app passwords, and when each was used last", list);
  add_command("remove", "take one back; who uses it cannot log in any more", remove)
      ->add_option("NAME", options->name)
      ->required();
}

}  // namespace yubin::cli
