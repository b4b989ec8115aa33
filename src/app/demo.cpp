#include "app/demo.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>

#include "app/files.h"
#include "app/sample_mail.h"
#include "app/server.h"
#include "base/random.h"
#include "base/text.h"
#include "tls/context.h"
#include "tls/test_ca.h"

namespace yubin::app {

namespace {

constexpr std::string_view kDomain = "example.test";
constexpr std::string_view kHostName = "mx.example.test";
constexpr std::size_t kPasswordLength = 12;
constexpr auto kCertificateFor = std::chrono::years(2);  // scanners and some clients object to more than 825 days

// Its name in demo.env. Tests and load tools rely on these, so port 25 is called what they call it.
std::string env_name(server::Service const& service) {
  return service.name == "mx" ? "SMTP" : to_upper(service.name);
}

Result<bool> is_good_now(tls::Identity const& identity, WallTime now) {
  TRY(auto const context, tls::Context::make(identity, {.name = "demo"}));
  return context->check_time(now).has_value();
}

// A certificate authority and a certificate of the demo's own, made at the first start and again when they expire.
Result<tls::Identity> identity_in(std::filesystem::path const& directory, WallTime now) {
  std::filesystem::path const chain = directory / "cert.pem";
  std::filesystem::path const key = directory / "key.pem";
  bool made = std::filesystem::exists(chain);
  if (made) {
    TRY(tls::Identity const kept, tls::read_identity(chain, key));
    TRY(made, is_good_now(kept, now));
  }
  if (!made) {
    TRY_VOID(make_directory(directory));
    TRY(tls::Identity authority, tls::make_test_ca("Yubin demo CA", now));
    std::string const names[] = {"localhost", "127.0.0.1", "::1", std::string(kHostName)};
    TRY(tls::Identity issued, tls::issue_test_certificate(authority, names, now, now + kCertificateFor));
    TRY_VOID(write_file(directory / "ca.pem", authority.chain_pem));
    TRY_VOID(write_secret(key, issued.key_pem));
    TRY_VOID(write_file(chain, issued.chain_pem));
  }
  return tls::read_identity(chain, key);
}

Result<std::string> password_in(std::filesystem::path const& file, std::optional<std::string> const& wanted) {
  if (wanted) {
    TRY_VOID(write_secret(file, *wanted));
    return *wanted;
  }
  if (std::optional<std::string> kept = read_file(file)) return *kept;
  SystemRandom random;
  std::string made = random.token(kPasswordLength);
  TRY_VOID(write_secret(file, made));
  return made;
}

class Demo {
 public:
  explicit Demo(DemoOptions const& options) : options_(options) {}

  Result<> run();

 private:
  Result<std::unique_ptr<Server>> start();
  Result<std::optional<dns::ResolverSetup>> dns() const;
  std::vector<ListenerOptions> listeners() const;
  std::uint16_t port(std::uint16_t standard) const { return static_cast<std::uint16_t>(options_.base_port + standard); }
  Result<> fill(Server& server);
  Result<> add_account(Server& server, std::string const& name);
  Result<> write_environment() const;

  DemoOptions options_;
  std::filesystem::path directory_;
  std::string password_;
};

std::vector<ListenerOptions> Demo::listeners() const {
  std::vector<ListenerOptions> all;
  for (server::Service const& service : server::services()) {
    all.push_back({&service, {IpAddress::parse("127.0.0.1").value(), port(service.port)}});
    all.push_back({&service, {IpAddress::parse("::1").value(), port(service.port)}, /*if_available=*/true});
  }
  return all;
}

// Mail does not leave the demo, whatever the name server knows. Nobody has signed a zone of example.test.
Result<std::optional<dns::ResolverSetup>> Demo::dns() const {
  if (options_.dns.empty()) return std::nullopt;
  Result<net::Endpoint> const server = net::Endpoint::parse(options_.dns);
  if (!server) return fail(Errc::syntax, "--dns: " + server.error().detail);
  return dns::read_setup({.mode = dns::Options::Mode::forward,
                          .forwarders = {fmt::format("{}@{}", server->address.text(), server->port)},
                          .trust_anchor = {}});
}

Result<std::unique_ptr<Server>> Demo::start() {
  TRY(directory_, make_directory(options_.directory));
  TRY(tls::Identity identity, identity_in(directory_ / "tls", SystemClock().now()));
  server::Settings settings{.host_name = std::string(kHostName),
                            .default_domain = mime::Domain::parse(kDomain).value()};
  settings.imap.allow_cleartext = options_.allow_cleartext;
  settings.pop3.allow_cleartext = options_.allow_cleartext;
  settings.submission.login_in_clear = options_.allow_cleartext;
  if (!options_.strict) settings.submission.sending = {.account = {}, .domain = {}};
  auth::Scheme const scheme = options_.fast_auth ? auth::Scheme::ssha256_fast : auth::Scheme::argon2id;
  std::vector<tls::Identity> identities;
  identities.push_back(std::move(identity));
  server::GateSettings gates;
  gates.with_login.strict_loopback = gates.without_login.strict_loopback = options_.strict;
  std::filesystem::path const tls = directory_ / "tls";
  TRY(std::optional<dns::ResolverSetup> resolver, dns());
  SandboxOptions sandbox{.read = {}, .read_write = {directory_}};
  if (resolver) sandbox.connect.push_back(net::Endpoint::parse(options_.dns)->port);  // long answers come by TCP
  return Server::start({.parts = {.directory = directory_ / "store",
                                  .auth = {.scheme = scheme, .limit_loopback = options_.strict},
                                  .dns = std::move(resolver),
                                  .sends_mail = false,
                                  .files = {directory_ / "password", tls / "ca.pem", tls / "cert.pem", tls / "key.pem"},
                                  .backups = directory_ / "backups"},
                        .admin_socket = directory_ / "admin.sock",
                        .submit_socket = directory_ / "submit.sock",
                        .listeners = listeners(),
                        .identities = std::move(identities),
                        .settings = std::move(settings),
                        .gates = std::move(gates),
                        .published = {.addresses = {IpAddress::parse("127.0.0.1").value()}, .block_lists = {}},
                        .sandbox = std::move(sandbox)});
}

// Adds what is missing; the password is set again at each start, since options are applied at each start.
Result<> Demo::fill(Server& server) {
  directory::Directory& directory = *server.parts().directory;
  Result<directory::Domain> domain = directory.add_domain(mime::Domain::parse(kDomain).value()).wait();
  if (!domain && domain.error().code != Errc::conflict) return std::unexpected(domain.error());
  for (std::string_view name : {"hanako", "taro"}) TRY_VOID(add_account(server, std::string(name)));
  for (unsigned i = 1; i <= options_.accounts; ++i) TRY_VOID(add_account(server, fmt::format("user{}", i)));
  return {};
}

Result<> Demo::add_account(Server& server, std::string const& name) {
  directory::Directory& directory = *server.parts().directory;
  TRY(mime::Address address, mime::Address::parse(fmt::format("{}@{}", name, kDomain)));
  TRY(std::string hash, server.parts().hash_password(Secret(password_)));
  TRY(std::optional<directory::Account> known, directory.find_account(address));
  if (known) return directory.set_password(address, std::move(hash)).wait();
  TRY(directory::Account account, directory.add_account({address, std::move(hash)}).wait());
  auto create = [id = account.id](store::Changes& changes) { return changes.create_account(id); };
  TRY_VOID(server.parts().store->change<void>({account.id}, Lane::delivery, std::move(create)).wait());
  if (name.starts_with("user")) return {};
  return add_sample_mail(*server.parts().store, account.id, address, server.parts().clock);
}

Result<> Demo::write_environment() const {
  std::string text;
  auto add = [&](std::string_view key, std::string_view value) { text += fmt::format("{}={}\n", key, value); };
  add("MAIL_HOST", "127.0.0.1");
  add("MAIL_NAME", "localhost");
  add("MAIL_DOMAIN", kDomain);
  add("MAIL_USER", "hanako@example.test");
  add("MAIL_PASS", password_);
  add("MAIL_USER2", "taro@example.test");
  add("MAIL_PASS2", password_);
  add("MAIL_CA", (directory_ / "tls" / "ca.pem").string());
  for (server::Service const& service : server::services())
    add(env_name(service) + "_PORT", std::to_string(port(service.port)));
  add("ADMIN_SOCKET", (directory_ / "admin.sock").string());
  add("PID", std::to_string(::getpid()));
  return write_secret(directory_ / "demo.env", text);
}

Result<> Demo::run() {
  unsigned const highest = 65535u - std::ranges::max(server::services(), {}, &server::Service::port).port;
  if (options_.base_port > highest)
    return fail(Errc::syntax,
                fmt::format("--base-port {} is too high; the highest is {}", options_.base_port, highest));
  // Before any thread is started, so that none of them is interrupted.
  sigset_t ends;
  ::sigemptyset(&ends);
  ::sigaddset(&ends, SIGINT);
  ::sigaddset(&ends, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &ends, nullptr);

  TRY(std::unique_ptr<Server> server, start());
  TRY(password_, password_in(directory_ / "password", options_.password));
  TRY_VOID(fill(*server));
  server->accept();
  TRY_VOID(write_environment());
  std::string ports;
  for (server::Service const& service : server::services())
    ports += fmt::format("{}{} {}", ports.empty() ? "" : ", ", env_name(service), port(service.port));
  fmt::print("ready: {} on 127.0.0.1; accounts hanako@{} and taro@{}, password {}; stop with Ctrl-C\n", ports, kDomain,
             kDomain, password_);
  std::fflush(stdout);

  int signal = 0;
  ::sigwait(&ends, &signal);
  return {};
}

}  // namespace

Result<> run_demo(DemoOptions const& options) {
  return Demo(options).run();
}

}  // namespace yubin::app
