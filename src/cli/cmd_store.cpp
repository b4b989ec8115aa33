#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "cli/call.h"
#include "cli/store_access.h"

namespace yubin::cli {

namespace {

namespace json = boost::json;

struct Options {
  std::string directory;
  bool quick = false;
  bool bodies = false;  // the default, for those who want to say it
  bool repair = false;
};

// A server that runs has the store's lock, so it is asked.
Result<std::unique_ptr<StoreAccess>> open(Context const& context, std::string const& directory) {
  if (directory.empty()) return running_store(context);
  Result<std::unique_ptr<StoreAccess>> store = open_store(directory);
  if (store || store.error().code != Errc::conflict) return store;
  fmt::print(stderr, "yubin: a server uses {}; it is asked through {}\n", directory, context.socket);
  return running_store(context);
}

// Verifies all, portion by portion.
class Verifying {
 public:
  Verifying(StoreAccess& store, Context const& context, Options const& options)
      : store_(store), context_(context), options_(options) {}

  Result<int> run() {
    TRY_VOID(pass());
    if (options_.repair && !damaged_.empty()) {
      TRY_VOID(repair());
      json::array const before = std::exchange(findings_, {});
      fmt::print(stderr, "yubin: {} findings; verifying again after the repair\n", before.size());
      TRY_VOID(pass());
    }
    report();
    return findings_.empty() ? kYes : kNo;
  }

 private:
  Result<> pass() {
    counts_ = {};
    damaged_.clear();
    std::string position;
    do {
      TRY(json::object part, store_.verify(position, options_.quick));
      for (char const* name : {"accounts", "messages", "bodies", "bytes"})
        counts_[name] = number(counts_, name) + number(part, name);
      for (json::value const& finding : part.at("findings").as_array()) tell(finding);
      for (json::value const& account : part.at("damaged").as_array()) add_damage(account.as_object());
      position = text_of(part, "position");
    } while (!position.empty());
    return {};
  }

  static std::uint64_t number(json::object const& object, char const* name) {
    json::value const* value = object.if_contains(name);
    return value == nullptr ? 0 : value->to_number<std::uint64_t>();
  }

  void tell(json::value const& finding) {
    if (!context_.json) fmt::print("{}\n", std::string_view(finding.as_string()));
    findings_.push_back(finding);
  }

  // An account may be named with its rows and again with its references.
  void add_damage(json::object const& account) {
    json::object& known = damaged_[account.at("account").to_number<std::uint64_t>()];
    if (known.empty()) known = {{"account", account.at("account")}, {"references", json::array{}}};
    for (json::value const& reference : account.at("references").as_array())
      known.at("references").as_array().push_back(reference);
  }

  Result<> repair() {
    for (auto const& [account, damage] : damaged_) {
      TRY(json::object done, store_.repair(damage));
      for (json::value const& line : done.at("repaired").as_array()) {
        if (!context_.json) fmt::print("repaired: {}\n", std::string_view(line.as_string()));
        repaired_.push_back(line);
      }
    }
    return {};
  }

  void report() {
    if (context_.json) {
      json::object all = counts_;
      all["findings"] = findings_;
      all["repaired"] = repaired_;
      fmt::print("{}\n", json::serialize(all));
      return;
    }
    std::string const verdict = findings_.empty() ? std::string("sound") : fmt::format("{} findings", findings_.size());
    fmt::print("{} accounts, {} messages, {} bodies with {} bytes read: {}\n", number(counts_, "accounts"),
               number(counts_, "messages"), number(counts_, "bodies"), number(counts_, "bytes"), verdict);
  }

  StoreAccess& store_;
  Context const& context_;
  Options const& options_;
  json::object counts_;
  json::array findings_;
  json::array repaired_;
  std::map<std::uint64_t, json::object> damaged_;
};

int verify(Context const& context, Options const& options) {
  Result<std::unique_ptr<StoreAccess>> store = open(context, options.directory);
  if (!store) return complain(store.error().detail);
  Result<int> result = Verifying(**store, context, options).run();
  return result ? *result : complain(result.error().detail);
}

int stat(Context const& context, Options const& options) {
  Result<std::unique_ptr<StoreAccess>> store = open(context, options.directory);
  if (!store) return complain(store.error().detail);
  Result<json::object> stat = (*store)->stat();
  if (!stat) return complain(stat.error().detail);
  if (context.json) {
    fmt::print("{}\n", json::serialize(*stat));
    return kYes;
  }
  for (auto const& member : *stat) {
    std::string_view const name(member.key());
    fmt::print("{:<11} {}\n", name, text_of(*stat, name));
  }
  return kYes;
}

}  // namespace

void add_store_command(CLI::App& app, Context& context) {
  CLI::App* store = app.add_subcommand("store", "the store as a whole")->require_subcommand(1);
  auto options = std::make_shared<Options>();
  auto with_directory = [options](CLI::App* command) {
    command->add_option("--dir", options->directory,
                        "folder of a store that no server uses; without it the running server is asked");
    return command;
  };

  CLI::App* verify_command =
      with_directory(store->add_subcommand("verify", "read everything and name what is damaged"));
  CLI::Option* quick = verify_command->add_flag("--quick", options->quick, "do not read the bodies");
  verify_command->add_flag("--bodies", options->bodies, "read the bodies too; so it is without --quick")
      ->excludes(quick);
  verify_command->add_flag("--repair", options->repair,
                           "mend what can be derived from the rest, and say what was done");
  verify_command->callback(
      [&context, options] { context.run = [&context, options] { return verify(context, *options); }; });

  CLI::App* stat_command = with_directory(store->add_subcommand("stat", "how much it holds"));
  stat_command->callback(
      [&context, options] { context.run = [&context, options] { return stat(context, *options); }; });
}

}  // namespace yubin::cli
