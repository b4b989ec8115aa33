#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>

#include "base/text.h"
#include "cli/call.h"
#include "cli/quantity.h"

namespace yubin::cli {

namespace {

namespace json = boost::json;

// Empty: not given.
struct Options {
  std::string name;
  std::string alias_of;
  std::string admin;
  std::string catch_all;
  std::string quota;
  std::string quota_messages;
};

int add(Context const& context, Options const& options) {
  json::object body{{"name", options.name}};
  if (!options.alias_of.empty()) body["alias_of"] = options.alias_of;
  return call(context, "POST", "/api/v1/domains", &body,
              [](json::object const& answer) { fmt::print("added {}\n", text_of(answer, "name")); });
}

Result<json::object> edit(Options const& options) {
  json::object body;
  if (!options.admin.empty()) body["admin"] = options.admin;
  if (options.catch_all == "none") {
    body["catch_all"] = nullptr;
  } else if (!options.catch_all.empty()) {
    body["catch_all"] = options.catch_all;
  }
  if (!options.quota.empty()) {
    TRY(std::uint64_t bytes, parse_size(options.quota == "none" ? "0" : options.quota));
    body["quota_bytes"] = bytes;
  }
  if (!options.quota_messages.empty()) {
    std::optional<std::uint64_t> const count =
        parse_number(options.quota_messages == "none" ? "0" : options.quota_messages);
    if (!count)
      return fail(Errc::syntax, fmt::format("{} is no number of messages", yubin::quoted(options.quota_messages)));
    body["quota_messages"] = *count;
  }
  return body;
}

int change(Context const& context, std::string const& path, Options const& options) {
  Result<json::object> body = edit(options);
  if (!body) return complain(body.error().detail);
  if (body->empty()) return complain("nothing to set; see yubin domain set --help");
  return call(context, "PATCH", path, &*body,
              [](json::object const& answer) { fmt::print("changed {}\n", text_of(answer, "name")); });
}

int show(Context const& context, std::string const& path) {
  return call(context, "GET", path, nullptr, [](json::object const& answer) {
    auto or_none = [&](char const* name) {
      std::string text = text_of(answer, name);
      return text.empty() ? std::string("none") : text;
    };
    std::uint64_t const bytes = answer.at("quota_bytes").to_number<std::uint64_t>();
    std::uint64_t const messages = answer.at("quota_messages").to_number<std::uint64_t>();
    fmt::print("domain     {}\ncreated    {}\nadmin      {}\ncatch-all  {}\n", text_of(answer, "unicode"),
               text_of(answer, "created"), or_none("admin"), or_none("catch_all"));
    if (!text_of(answer, "alias_of").empty()) fmt::print("alias of   {}\n", text_of(answer, "alias_of"));
    fmt::print("quota      {} and {} for each account\n", bytes == 0 ? "no limit of storage" : size_text(bytes),
               messages == 0 ? std::string("no limit of messages") : fmt::format("{} messages", messages));
  });
}

int remove(Context const& context, std::string const& path) {
  return call(context, "DELETE", path, nullptr,
              [](json::object const& answer) { fmt::print("removed {}\n", text_of(answer, "removed")); });
}

int list(Context const& context) {
  return call(context, "GET", "/api/v1/domains", nullptr, [](json::object const& answer) {
    for (json::value const& entry : answer.at("domains").as_array()) {
      json::object const& domain = entry.as_object();
      std::string const target = text_of(domain, "alias_of");
      fmt::print("{}{}\n", text_of(domain, "unicode"), target.empty() ? "" : " > " + target);
    }
  });
}

}  // namespace

void add_domain_command(CLI::App& app, Context& context) {
  CLI::App* domain = app.add_subcommand("domain", "domains whose mail this server takes")->require_subcommand(1);
  auto options = std::make_shared<Options>();
  auto path = [options] { return "/api/v1/domains/" + path_segment(options->name); };
  auto add_command = [&](char const* name, char const* description, std::function<int()> run) {
    CLI::App* command = domain->add_subcommand(name, description);
    command->callback([&context, run = std::move(run)] { context.run = run; });
    return command;
  };
  auto with_name = [options](CLI::App* command) {
    command->add_option("DOMAIN", options->name)->required();
    return command;
  };

  with_name(add_command("add", "take mail for a domain", [&context, options] {
    return add(context, *options);
  }))->add_option("--alias-of", options->alias_of, "all its mail goes to the same local-part at this domain of ours");

  CLI::App* set = with_name(add_command("set", "change what is set for a domain",
                                        [&context, options, path] { return change(context, path(), *options); }));
  set->add_option("--admin", options->admin, "the account that gets the mail for postmaster and abuse");
  set->add_option("--catch-all", options->catch_all,
                  "where mail for unknown local-parts goes, here or elsewhere; or none");
  set->add_option("--quota", options->quota, "storage of each account that has no quota of its own, like 5G; or none");
  set->add_option("--quota-messages", options->quota_messages, "the same, in messages");

  with_name(add_command("show", "one domain", [&context, path] { return show(context, path()); }));
  with_name(add_command("remove", "take no more mail for a domain; it must have no accounts",
                        [&context, path] { return remove(context, path()); }));
  add_command("list", "all domains", [&context] { return list(context); });
}

}  // namespace yubin::cli
