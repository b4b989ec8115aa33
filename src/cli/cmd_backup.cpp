#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "backup/create.h"
#include "backup/folder.h"
#include "backup/restore.h"
#include "backup/verify.h"
#include "base/random.h"
#include "cli/call.h"
#include "journal/when.h"
#include "store/format.h"

namespace yubin::cli {

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::uint16_t kNode = 1;

struct Options {
  std::string directory;
  std::string store;  // create: of a store that no server uses; restore: where to
  std::vector<std::string> files;
  std::string files_to;
  std::string account;
  std::string mailbox;
  std::string message_id;
  std::uint32_t uid = 0;
  std::string into;
};

json::object to_json(backup::Found const& found) {
  json::object out{{"path", found.path.native()}, {"whole", found.manifest.has_value()}};
  if (!found.manifest) {
    out["error"] = found.manifest.error().detail;
    return out;
  }
  backup::Manifest const& manifest = *found.manifest;
  out["id"] = manifest.id.text();
  out["started"] = journal::rfc3339(manifest.started());
  out["finished"] = journal::rfc3339(manifest.finished);
  out["base"] = manifest.base ? json::value(manifest.base->text()) : json::value(nullptr);
  out["files"] = manifest.files.size();
  out["bytes"] = manifest.bytes();
  return out;
}

int print(Context const& context, json::object const& answer, std::string const& line) {
  fmt::print("{}\n", context.json ? json::serialize(answer) : line);
  return kYes;
}

// ---- create

int create_by_server(Context const& context, Options const& options) {
  json::object const body{{"directory", fs::absolute(options.directory).lexically_normal().native()}};
  return call(context, "POST", "/api/v1/backups", &body, [](json::object const& answer) {
    fmt::print("backup made: {}, {} files, {} bytes, {} of them copied\n", text_of(answer, "path"),
               text_of(answer, "files"), text_of(answer, "bytes"), text_of(answer, "copied"));
  });
}

Result<backup::Created> create_offline(Options const& options) {
  fs::path const store = fs::absolute(options.store);
  std::error_code error;
  if (!fs::is_directory(store / "rows", error))
    return fail(Errc::not_found, fmt::format("{} holds no store", store.native()));
  TRY(auto rows, kv::RocksKeyValue::open(store / "rows", {}));
  TRY_VOID(store::check_format(*rows));
  SystemClock clock;
  SystemRandom random;
  UniqueIds ids(clock, kNode, random.u64());
  kv::SegmentBodies::Options as_it_is;
  as_it_is.read_only = true;
  TRY(auto bodies, kv::SegmentBodies::open(store / "bodies", *rows, ids, as_it_is));
  backup::Source const source{
      *rows, *bodies, store, {options.files.begin(), options.files.end()}, kv::posix_file_system()};
  return backup::create(source, options.directory, ids, clock);
}

int create(Context const& context, Options const& options) {
  if (options.store.empty()) return create_by_server(context, options);
  Result<backup::Created> const created = create_offline(options);
  if (!created) return complain(created.error().detail);
  return print(context, to_json({created->path, created->manifest}),
               fmt::format("backup made: {}, {} bytes", created->path.native(), created->manifest.bytes()));
}

// ---- list, show, verify

int list(Context const& context, Options const& options) {
  Result<std::vector<backup::Found>> const all = backup::list(options.directory);
  if (!all) return complain(all.error().detail);
  json::array backups;
  for (backup::Found const& one : *all) {
    if (context.json) {
      backups.push_back(to_json(one));
    } else if (one.manifest) {
      fmt::print("{}  {:>14} bytes  {}\n", journal::local_rfc3339(one.manifest->started()), one.manifest->bytes(),
                 one.path.native());
    } else {
      fmt::print("not whole: {}\n", one.manifest.error().detail);
    }
  }
  if (context.json) fmt::print("{}\n", json::serialize(json::object{{"backups", std::move(backups)}}));
  return kYes;
}

int show(Context const& context, Options const& options) {
  Result<backup::Found> const found = backup::choose(options.directory);
  if (!found) return complain(found.error().detail);
  json::object const answer = to_json(*found);
  if (context.json) return print(context, answer, "");
  for (char const* name : {"path", "id", "started", "finished", "base", "files", "bytes"})
    fmt::print("{:<9} {}\n", name, text_of(answer, name));
  for (backup::FileEntry const& file : found->manifest->files) {
    if (file.path.starts_with("files/")) fmt::print("{:<9} {}\n", "with", file.path.substr(5));
  }
  return kYes;
}

int verify(Context const& context, Options const& options) {
  Result<backup::Found> const found = backup::choose(options.directory);
  if (!found) return complain(found.error().detail);
  Result<backup::Verified> const verified = backup::verify(found->path);
  if (!verified) return complain(verified.error().detail);
  json::object answer = to_json(*found);
  answer["findings"] = json::array(verified->findings.begin(), verified->findings.end());
  if (!context.json) {
    for (std::string const& finding : verified->findings) fmt::print("{}\n", finding);
  }
  std::string const verdict =
      verified->findings.empty() ? "whole" : fmt::format("{} findings", verified->findings.size());
  print(context, answer,
        fmt::format("{}: {} files, {} accounts, {} messages, {} bodies: {}", found->path.native(),
                    found->manifest->files.size(), verified->accounts, verified->messages, verified->bodies, verdict));
  return verified->findings.empty() ? kYes : kNo;
}

// ---- restore

Result<int> restore_whole(Context const& context, Options const& options, fs::path const& from) {
  json::object answer{{"backup", from.native()}};
  std::string line;
  if (!options.store.empty()) {
    TRY(backup::Manifest manifest, backup::restore_store(from, options.store));
    answer["store"] = options.store;
    line = fmt::format("restored {} as of {}", options.store, journal::local_rfc3339(manifest.started()));
  }
  if (!options.files_to.empty()) {
    TRY(std::vector<fs::path> files, backup::restore_files(from, options.files_to));
    json::array names;
    for (fs::path const& file : files) names.emplace_back(file.native());
    answer["files"] = std::move(names);
    line += fmt::format("{}{} files restored below {}", line.empty() ? "" : "; ", files.size(), options.files_to);
  } else {
    line += fmt::format("; configuration and keys, if any, are in {}", (from / "files").native());
  }
  return print(context, answer, line);
}

int restore_messages(Context const& context, Options const& options, fs::path const& from) {
  json::object body{{"directory", fs::absolute(from).lexically_normal().native()}, {"account", options.account}};
  if (!options.mailbox.empty()) body["mailbox"] = options.mailbox;
  if (!options.message_id.empty()) body["message_id"] = options.message_id;
  if (options.uid != 0) body["uid"] = options.uid;
  if (!options.into.empty()) body["into"] = options.into;
  return call(context, "POST", "/api/v1/backups/restore", &body, [](json::object const& answer) {
    fmt::print("{} messages brought back, {} still there\n", text_of(answer, "restored"), text_of(answer, "present"));
  });
}

int restore(Context const& context, Options const& options) {
  Result<backup::Found> const found = backup::choose(options.directory);
  if (!found) return complain(found.error().detail);
  if (!options.account.empty()) return restore_messages(context, options, found->path);
  if (options.store.empty() && options.files_to.empty()) {
    return complain(
        "say what to restore: --to FOLDER for the whole store, --account ADDRESS for messages into the "
        "running server, --files-to FOLDER for configuration and keys");
  }
  Result<int> const done = restore_whole(context, options, found->path);
  return done ? *done : complain(done.error().detail);
}

}  // namespace

void add_backup_command(CLI::App& app, Context& context) {
  CLI::App* backup =
      app.add_subcommand("backup", "copies of everything, and what comes back from them")->require_subcommand(1);
  auto options = std::make_shared<Options>();
  auto add = [&](char const* name, char const* help, char const* directory,
                 int (*run)(Context const&, Options const&)) {
    CLI::App* command = backup->add_subcommand(name, help);
    command->add_option("DIR", options->directory, directory)->required();
    command->callback(
        [&context, options, run] { context.run = [&context, options, run] { return run(context, *options); }; });
    return command;
  };
  char const* const one = "a backup, or a folder of backups: then its newest";

  CLI::App* create_command = add("create", "make a backup while the server works", "the folder of backups", create);
  CLI::Option* offline = create_command->add_option("--store", options->store, "folder of a store that no server uses");
  create_command->add_option("--file", options->files, "with --store: a file to take along, such as the configuration")
      ->needs(offline);
  add("list", "the backups of a folder, and what is left of unfinished ones", "the folder of backups", list);
  add("show", "what one backup is of", one, show);
  add("verify", "read all of a backup and compare", one, verify);

  CLI::App* restore_command =
      add("restore", "the whole store into a new folder, or messages into the running server", one, restore);
  CLI::Option* to = restore_command->add_option("--to", options->store, "a new folder, for the whole store");
  CLI::Option* files =
      restore_command->add_option("--files-to", options->files_to, "a folder for configuration, certificates and keys");
  CLI::Option* account = restore_command->add_option("--account", options->account, "messages of this address")
                             ->excludes(to)
                             ->excludes(files);
  CLI::Option* mailbox =
      restore_command->add_option("--mailbox", options->mailbox, "only of this mailbox")->needs(account);
  CLI::Option* message_id =
      restore_command->add_option("--message-id", options->message_id, "only with this Message-ID field")
          ->needs(account);
  restore_command->add_option("--uid", options->uid, "only the one with this UID in the backup")
      ->check(CLI::Range(1u, 0xffffffffu))
      ->needs(mailbox)
      ->excludes(message_id);
  restore_command->add_option("--into", options->into, "below this folder, such as Restored, not in their own places")
      ->needs(account);
}

}  // namespace yubin::cli
