// The keys that a domain's mail is signed with.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <memory>

#include "cli/call.h"

namespace yubin::cli {

namespace {

namespace json = boost::json;

void print_keys(json::object const& answer) {
  fmt::print("mail of {} is {}signed\n", text_of(answer, "domain"), answer.at("signed").as_bool() ? "" : "not ");
  std::string records;
  for (json::value const& one : answer.at("keys").as_array()) {
    json::object const& key = one.as_object();
    fmt::print("{}, {}, since {}\n", text_of(key, "standing"), text_of(key, "algorithm"), text_of(key, "since"));
    json::object const& record = key.at("record").as_object();
    records += fmt::format("{}  TXT  {}\n", text_of(record, "name"), text_of(record, "value"));
  }
  fmt::print("\n; to be published\n{}", records);
}

// Yes when all records are as they should be.
int check(Context const& context, std::string const& path) {
  Result<json::object> const answer = ask(context, "POST", path, nullptr);
  if (!answer) return complain(answer.error().detail);
  int const code = answer->at("good").as_bool() ? kYes : kNo;
  if (context.json) {
    fmt::print("{}\n", json::serialize(*answer));
    return code;
  }
  for (json::value const& one : answer->at("seen").as_array()) {
    json::object const& seen = one.as_object();
    std::string const detail = text_of(seen, "detail");
    fmt::print("{}: {}{}{}\n", text_of(seen, "selector"), text_of(seen, "result"), detail.empty() ? "" : ", ", detail);
  }
  print_keys(*answer);
  return code;
}

}  // namespace

void add_dkim_command(CLI::App& app, Context& context) {
  CLI::App* group = app.add_subcommand("dkim", "the keys that mail is signed with")->require_subcommand(1);
  struct Verb {
    char const* name;
    char const* help;
  };
  constexpr Verb kVerbs[] = {
      {"show", "the keys of a domain, which of them sign, and the records to publish"},
      {"rotate", "make the next keys; they take over once their records are seen in the DNS"},
      {"check", "look for the records in the DNS now"},
  };
  for (Verb const& each : kVerbs) {
    auto domain = std::make_shared<std::string>();
    CLI::App* command = group->add_subcommand(each.name, each.help);
    command->add_option("DOMAIN", *domain)->required();
    std::string const verb = each.name;
    command->callback([&context, domain, verb] {
      context.run = [&context, domain, verb] {
        std::string const path = "/api/v1/dkim/" + path_segment(*domain);
        if (verb == "show") return call(context, "GET", path, nullptr, print_keys);
        if (verb == "check") return check(context, path + "/check");
        return call(context, "POST", path + "/rotate", nullptr, print_keys);
      };
    });
  }
}

}  // namespace yubin::cli
