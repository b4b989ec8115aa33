#include "app/serve.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <mutex>

#include "app/files.h"
#include "app/from_config.h"
#include "app/privileges.h"
#include "app/server.h"
#include "app/systemd.h"

namespace yubin::app {

namespace {

constexpr LogEvent kReloaded{"app.reloaded", LogLevel::info, "a new configuration is in use"};
constexpr LogEvent kNotReloaded{"app.not_reloaded", LogLevel::error,
                                "the configuration file is wrong; the server goes on with the one it has"};
constexpr LogEvent kNeedsRestart{"app.needs_restart", LogLevel::warning, "an option has changed; a restart is needed"};
constexpr LogEvent kRunsAsRoot{"app.runs_as_root", LogLevel::warning,
                               "option `user` is empty, so a break-in would own the machine"};

constexpr LogEvent kNoBackups{"app.no_backups", LogLevel::warning,
                              "the folder of backups cannot be made, so none can be written"};

class Serving {
 public:
  Serving(std::filesystem::path file, config::Config config) : file_(std::move(file)), config_(std::move(config)) {}

  Result<> run();

 private:
  Result<> start();
  Result<> before_threads() const;
  std::vector<std::filesystem::path> files(config::Config const& config) const;
  std::vector<std::filesystem::path> socket_folders() const;
  SandboxOptions sandbox() const;
  std::string explained(Error const& error, config::Config const& next) const;
  std::vector<std::string> closed_routes(config::Config const& next) const;
  api::Reloaded reload();
  Result<std::uint64_t> apply(config::Config const& next);
  void reload_on_signal();

  std::filesystem::path const file_;
  std::mutex mutex_;             // one reload at a time
  config::Config const config_;  // as at the start
  std::unique_ptr<Server> server_;
};

// One that is new or empty, as systemd makes it, becomes the server's own; what others use stays as it is.
Result<> own(std::filesystem::path const& folder, std::string const& user) {
  std::error_code error;
  if (std::filesystem::exists(folder, error) && !std::filesystem::is_empty(folder, error)) return {};
  TRY_VOID(make_directory(folder));
  return give_to(user, folder);
}

// The order is what makes it safe: ports and keys are opened first, then this, and nothing that parses or stores has
// run before.
Result<> Serving::before_threads() const {
  if (is_root() && config_.user.empty()) log(kRunsAsRoot, {});
  std::vector<std::filesystem::path> folders = socket_folders();
  folders.push_back(config_.store_directory);
  for (std::filesystem::path const& folder : folders) TRY_VOID(own(folder, config_.user));
  // Mail goes on without a disk for backups, but not without a word.
  if (Result<> made = own(config_.backup_directory, config_.user); !made)
    log(kNoBackups, {{"detail", made.error().detail}});
  TRY_VOID(become(config_.user));
  for (std::filesystem::path const& folder : folders) TRY_VOID(make_directory(folder));
  return {};
}

std::vector<std::filesystem::path> Serving::files(config::Config const& config) const {
  std::vector<std::filesystem::path> all{file_};
  for (tls::CertificateFiles const& each : certificate_files(config)) all.insert(all.end(), {each.chain, each.key});
  if (!config.outgoing.authorities.empty()) all.push_back(config.outgoing.authorities);
  if (!config.token_keys.empty()) all.push_back(config.token_keys);
  for (deliver::MailRoute const& route : routes_of(config))
    for (std::filesystem::path const& secret : {route.password, route.token})
      if (!secret.empty()) all.push_back(secret);
  for (server::BackupDomain const& backup : config.settings.reception.backup)
    if (!backup.recipients.empty()) all.push_back(backup.recipients);
  return all;
}

std::vector<std::filesystem::path> Serving::socket_folders() const {
  std::vector<std::filesystem::path> folders{config_.admin_socket.parent_path()};
  for (config::Listener const& each : config_.listeners)
    if (!each.path.empty()) folders.push_back(each.path.parent_path());
  return folders;
}

SandboxOptions Serving::sandbox() const {
  SandboxOptions options{.read = folders_of(files(config_)),
                         .read_write = {config_.store_directory, config_.backup_directory}};
  for (std::filesystem::path& folder : socket_folders()) options.read_write.push_back(std::move(folder));
  options.connect.insert(options.connect.end(), {config_.outgoing.port, config_.outgoing.mta_sts_port});
  for (deliver::MailRoute const& route : routes_of(config_)) options.connect.push_back(route.where.port);
  return options;
}

Result<> Serving::start() {
  TRY(ServerOptions options, server_options(config_));
  options.before_threads = [this] { return before_threads(); };
  options.sockets = take_sockets();
  options.on_socket = [](net::ListeningSocket const& socket, SocketFate fate) {
    fate == SocketFate::bound ? keep_socket(socket) : drop_socket(socket);
  };
  options.configuration = file_;
  options.parts.files = files(config_);
  options.sandbox = sandbox();
  options.reload = [this] { return reload(); };
  TRY(server_, Server::start(std::move(options)));
  server_->accept();
  return {};
}

Result<std::uint64_t> Serving::apply(config::Config const& next) {
  TRY(std::vector<tls::Identity> identities, identities_of(next));
  if (identities.empty() != config_.certificate.empty())
    return fail(Errc::conflict, "whether there is a certificate at all is felt only after a restart");
  TRY(server::Settings settings, settings_of(next));
  TRY(OutgoingWays ways, ways_of(next));
  TRY(std::uint64_t generation, server_->apply(std::move(settings), std::move(identities), std::move(ways)));
  set_log_level(next.log_level);
  return generation;
}

// A certificate that moved to a folder of its own: only the sandbox knows why it cannot be read.
std::string Serving::explained(Error const& error, config::Config const& next) const {
  std::vector<std::filesystem::path> const open = sandbox().read;
  auto const is_open = [&](std::filesystem::path const& folder) {
    return std::ranges::find(open, folder) != open.end();
  };
  if (!server_->sandbox().files || std::ranges::all_of(folders_of(files(next)), is_open)) return error.detail;
  return error.detail +
         ". A folder that the configuration did not name when the server started is closed to it: restart it";
}

// The sandbox lets nobody out to ports that nobody knew of at the start.
std::vector<std::string> Serving::closed_routes(config::Config const& next) const {
  std::vector<std::string> names;
  std::vector<std::uint16_t> const open = sandbox().connect;
  for (deliver::MailRoute const& route : routes_of(next)) {
    bool const is_open =
        !route.has_host() || !route.where.socket.empty() || std::ranges::find(open, route.where.port) != open.end();
    if (!is_open && server_->sandbox().connections)
      names.push_back(fmt::format("route \"{}\", for its port {}", route.name, route.where.port));
  }
  return names;
}

api::Reloaded Serving::reload() {
  std::lock_guard lock(mutex_);
  auto refuse = [](config::Problems problems) {
    for (std::string const& problem : problems) log(kNotReloaded, {{"detail", problem}});
    return api::Reloaded{.problems = std::move(problems), .generation = 0, .restart = {}};
  };
  std::expected<config::Loaded, config::Problems> loaded = config::load(file_);
  if (!loaded) return refuse(std::move(loaded).error());
  Result<std::uint64_t> const generation = apply(config::until_restart(config_, loaded->config));
  if (!generation) return refuse({explained(generation.error(), loaded->config)});
  api::Reloaded done{
      .problems = {}, .generation = *generation, .restart = config::need_restart(config_, loaded->config)};
  log(kReloaded, {{"generation", *generation}});
  for (std::string& route : closed_routes(loaded->config)) done.restart.push_back(std::move(route));
  for (std::string const& option : done.restart) log(kNeedsRestart, {{"option", option}});
  return done;
}

void Serving::reload_on_signal() {
  notify_reloading();
  (void)reload();  // what came of it is in the log
  notify_systemd("READY=1");
}

Result<> Serving::run() {
  // Before any thread is started, so that none of them is interrupted.
  sigset_t signals;
  ::sigemptyset(&signals);
  for (int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&signals, signal);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  set_log_level(config_.log_level);

  TRY_VOID(start());
  fmt::print("ready: {} serves with {}\n", config_.settings.host_name, file_.string());
  std::fflush(stdout);
  notify_systemd("READY=1");
  for (int signal = 0; ::sigwait(&signals, &signal) == 0 && signal == SIGHUP;) reload_on_signal();
  notify_systemd("STOPPING=1");
  server_.reset();
  return {};
}

}  // namespace

std::expected<void, config::Problems> run_serve(std::filesystem::path const& configuration) {
  std::filesystem::path const file = std::filesystem::absolute(configuration);
  std::expected<config::Loaded, config::Problems> loaded = config::load(file);
  if (!loaded) return std::unexpected(std::move(loaded).error());
  Serving serving(file, std::move(loaded->config));
  if (Result<> result = serving.run(); !result) return std::unexpected(config::Problems{result.error().detail});
  return {};
}

}  // namespace yubin::app
