#include "app/server.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

#include "api/dkim_api.h"
#include "api/dns_api.h"
#include "api/queue_api.h"
#include "api/relay_api.h"
#include "api/report_api.h"
#include "app/files.h"
#include "app/generations.h"
#include "app/status.h"
#include "base/log.h"
#include "deliver/dmarc_reports.h"
#include "deliver/kept_mail.h"
#include "deliver/own_addresses.h"
#include "deliver/own_mail_reader.h"
#include "deliver/reflector.h"
#include "deliver/remote.h"
#include "deliver/reported_names.h"
#include "deliver/sts_cache.h"
#include "http/fetch.h"
#include "net/loops.h"
#include "net/serve.h"
#include "server/admin.h"
#include "server/local.h"
#include "server/probe_turns.h"
#include "tls/key_digest.h"

namespace yubin::app {

namespace {

constexpr std::chrono::milliseconds kGrace = std::chrono::seconds(10);
// Programs of this machine that hand over mail at the same time; more wait.
constexpr unsigned kLocalConnections = 200;
constexpr std::size_t kDescriptors = 65536;

constexpr LogEvent kCertificate{"app.certificate", LogLevel::error, "the certificate is served, but clients refuse it"};

constexpr LogEvent kFewDescriptors{"app.few_descriptors", LogLevel::warning,
                                   "the system permits fewer open files, so fewer connections, than the server may "
                                   "need; raise LimitNOFILE= of its unit"};
using OnConnection = net::Listener::OnConnection;

constexpr LogEvent kUnknownRoot{"app.unknown_root", LogLevel::warning,
                                "the issuer of a certificate's chain is in no file, and this machine does not know it"};

struct Socket {
  server::Service const* service;
  net::ListeningSocket socket;
  bool legacy_tls;
  std::filesystem::path path{};  // empty: it has an address
};

// Listeners of one kind share a TLS context: the name of the services, and whether old versions are spoken.
using TlsKind = std::pair<std::string_view, bool>;

// What a listener does with a connection, replaced by a reload while connections come in.
class Handler {
 public:
  void set(OnConnection next) { now_.store(std::make_shared<OnConnection const>(std::move(next))); }
  void operator()(net::Connection connection) const { (*now_.load())(std::move(connection)); }

 private:
  std::atomic<std::shared_ptr<OnConnection const>> now_;
};

struct Served {
  server::Service const* service;
  std::shared_ptr<tls::Slot> tls;
  std::shared_ptr<Handler> handler;
};

Result<net::ListeningSocket> socket_for(ListenerOptions const& listener, ServerOptions& options) {
  auto found = options.sockets.find(listener.where);
  if (found != options.sockets.end()) return std::move(options.sockets.extract(found).mapped());
  TRY(net::ListeningSocket socket, net::listen_on(listener.where));
  if (options.on_socket) options.on_socket(socket, SocketFate::bound);
  return socket;
}

Result<std::vector<Socket>> bind_all(ServerOptions& options) {
  std::vector<Socket> sockets;
  for (ListenerOptions const& listener : options.listeners) {
    if (!listener.path.empty()) continue;
    Result<net::ListeningSocket> socket = socket_for(listener, options);
    if (!socket && socket.error().code == Errc::not_found && listener.if_available) continue;
    if (!socket) return fail(socket.error().code, fmt::format("{}: {}", listener.service->name, socket.error().detail));
    sockets.push_back({listener.service, *std::move(socket), listener.legacy_tls});
  }
  for (auto const& [where, socket] : options.sockets)
    if (options.on_socket) options.on_socket(socket, SocketFate::not_needed);
  options.sockets.clear();
  return sockets;
}

Result<> bind_paths(std::vector<ListenerOptions> const& listeners, std::vector<Socket>& sockets) {
  for (ListenerOptions const& listener : listeners) {
    if (listener.path.empty()) continue;
    TRY(net::ListeningSocket socket, server::listen_on_path(listener.path, server::WhoMay::everybody));
    sockets.push_back({listener.service, std::move(socket), listener.legacy_tls, listener.path});
  }
  return {};
}

}  // namespace

// Members stand in the order of being made: each may use those above it, and is gone before them.
class Server::Impl final : public api::Runtime {
 public:
  explicit Impl(ServerOptions o)
      : options(std::move(o)), has_tls(!options.identities.empty()), certificates(std::move(options.identities)) {}
  ~Impl() override;

  Result<> start();
  void accept();
  Result<std::uint64_t> apply(server::Settings settings, std::vector<tls::Identity> identities, OutgoingWays ways);

  api::Status status() override;
  api::Reloaded reload() override;

  ServerOptions options;
  WallTime const started = SystemClock().now();
  std::vector<Socket> sockets;
  std::vector<net::Endpoint> endpoints;
  std::vector<std::pair<std::string_view, net::Endpoint>> bound;  // the same with their services, without old TLS
  Sandbox sandbox;
  bool const has_tls;
  tls::CertificateStore certificates;
  std::map<TlsKind, std::shared_ptr<tls::Slot>> tls;
  std::unique_ptr<deliver::Reflector> reflector;  // only if checks are answered
  std::unique_ptr<deliver::OwnMailReader> own_mail;
  std::unique_ptr<deliver::ReportedNames> reported_names;  // only with DNS
  std::unique_ptr<deliver::StsCache> sts;                  // all seven only if mail goes out
  std::unique_ptr<deliver::DmarcReports> dmarc_reports;
  std::unique_ptr<deliver::TlsReports> reports;
  std::unique_ptr<deliver::Signing> signing;
  std::unique_ptr<deliver::KeptMail> kept_mail;
  std::unique_ptr<server::ProbeTurns> probe_turns;
  std::unique_ptr<deliver::RemoteDelivery> remote;  // the last commits of the parts tell it
  std::unique_ptr<Parts> parts;
  std::unique_ptr<server::Gates> gates;
  std::unique_ptr<api::QueueApi> queue_api;
  std::unique_ptr<api::DkimApi> dkim_api;
  std::unique_ptr<api::DnsWatch> dns_watch;
  std::unique_ptr<api::DnsApi> dns_api;
  std::unique_ptr<api::ReportApi> report_api;
  std::unique_ptr<api::RelayApi> relay_api;
  server::HandleRequest handle_request;
  std::unique_ptr<net::ListeningSocket> admin_socket;
  std::unique_ptr<net::ListeningSocket> submit_socket;
  std::unique_ptr<net::Loops> loops;
  std::mutex applying;                                            // of settings, handlers and routes
  std::atomic<std::shared_ptr<std::string const>> relay_for_all;  // its host; empty: there is none
  std::shared_ptr<server::Settings const> settings;
  std::vector<Served> served;
  std::vector<api::ListenerStatus> listening;
  std::vector<std::unique_ptr<net::Listener>> listeners;

 private:
  Result<> make_tls();
  Result<> make_remote();
  void make_own_mail();
  void make_reflector();
  std::vector<std::string> send_reports(bool today);
  deliver::OwnReportServices own_reports();
  void make_tls_reports();
  void make_dmarc_reports();
  void make_sts(std::shared_ptr<tls::ClientContext const> const& context);
  void make_dns_watch();
  api::DnsFacts dns_facts() const;
  OnConnection make(Served const& each) const;
  OnConnection admin_handler();
  OnConnection submit_handler();
};

Result<> Server::Impl::start() {
  // A connection is a descriptor; the rest is for the store.
  std::size_t const descriptors = net::raise_descriptor_limit(kDescriptors);
  if (descriptors < kDescriptors) log(kFewDescriptors, {{"limit", descriptors}, {"wanted", kDescriptors}});
  TRY(sockets, bind_all(options));
  for (Socket const& socket : sockets) {
    endpoints.push_back(socket.socket.local);
    if (!socket.legacy_tls) bound.emplace_back(socket.service->name, socket.socket.local);
  }
  options.outgoing.own = endpoints;
  relay_for_all = std::make_shared<std::string const>(deliver::relay_for_all(options.outgoing.routes));
  TRY_VOID(make_tls());
  if (options.before_threads) TRY_VOID(options.before_threads());
  if (options.sandbox) {
    TRY(sandbox, enter_sandbox(has_sanitizers() ? with_sanitizers(*options.sandbox) : *options.sandbox));
  }
  TRY(parts, Parts::make(options.parts, *this));
  TRY(options.settings.generation, next_generation(*parts->key_value, *parts->committer));
  queue_api = std::make_unique<api::QueueApi>(
      api::QueueApi::Services{parts->outgoing.get(), *parts->bodies, *parts->journal, *parts->pool});
  dkim_api =
      std::make_unique<api::DkimApi>(api::DkimApi::Services{*parts->key_ring, *parts->key_watch, *parts->journal});
  make_dns_watch();
  report_api = std::make_unique<api::ReportApi>(api::ReportApi::Services{
      *parts->directory, *parts->key_value, parts->clock, [this](bool today) { return send_reports(today); }});
  api::RelayApi::Check check;
  if (parts->outgoing)
    check = [this](deliver::RouteQuestion question, std::move_only_function<void(deliver::RouteReport)> done) {
      remote->check(std::move(question), std::move(done));
    };
  relay_api = std::make_unique<api::RelayApi>(std::move(check));
  handle_request = [this](http::Request request, std::string peer, auto reply) {
    if (api::RelayApi::takes(request)) return relay_api->handle(std::move(request), std::move(peer), std::move(reply));
    if (api::QueueApi::takes(request)) return queue_api->handle(std::move(request), std::move(peer), std::move(reply));
    if (api::DnsApi::takes(request)) return dns_api->handle(std::move(request), std::move(peer), std::move(reply));
    if (api::DkimApi::takes(request)) return dkim_api->handle(std::move(request), std::move(peer), std::move(reply));
    if (api::ReportApi::takes(request))
      return report_api->handle(std::move(request), std::move(peer), std::move(reply));
    parts->api->handle(std::move(request), std::move(peer), std::move(reply));
  };
  gates = std::make_unique<server::Gates>(options.gates, parts->clock);
  TRY_VOID(bind_paths(options.listeners, sockets));
  TRY(net::ListeningSocket admin, server::listen_on_path(options.admin_socket));
  admin_socket = std::make_unique<net::ListeningSocket>(std::move(admin));
  if (!options.submit_socket.empty()) {
    TRY(net::ListeningSocket submit, server::listen_on_path(options.submit_socket, server::WhoMay::everybody));
    submit_socket = std::make_unique<net::ListeningSocket>(std::move(submit));
  }
  loops = std::make_unique<net::Loops>(std::max(1u, std::thread::hardware_concurrency()), parts->clock);
  make_own_mail();
  if (parts->outgoing) TRY_VOID(make_remote());
  return {};
}

// From where the sockets really are.
api::DnsFacts Server::Impl::dns_facts() const {
  api::DnsFacts facts{.host_name = options.settings.host_name,
                      .addresses = options.published.addresses,
                      .relay = *relay_for_all.load(),
                      .block_lists = options.published.block_lists,
                      .web_host = options.published.web_host,
                      .issuers = options.published.issuers,
                      .reads_reports = options.settings.reception.own.reports};
  for (auto const& [service, where] : bound) facts.add_listener(service, where.address, where.port);
  for (tls::CertificateInfo const& one : certificates.certificates()) {
    api::DnsFacts::Certificate& added = facts.certificates.emplace_back(one.file, one.names, one.not_after);
    Result<std::string> digest = tls::key_digest(read_file(one.file).value_or(""));
    if (digest) added.tlsa = dns::Tlsa{3, 1, 1, *std::move(digest)};
  }
  return facts;
}

void Server::Impl::make_dns_watch() {
  dns_watch = std::make_unique<api::DnsWatch>(api::DnsWatch::Services{
      *parts->key_ring, *parts->directory, parts->resolver.get(), parts->clock, [this] { return dns_facts(); }});
  dns_api = std::make_unique<api::DnsApi>(*parts->key_ring, *dns_watch);
  if (options.published.daily && parts->outgoing)
    parts->dns_upkeep.add_in_turns("dns.check", std::chrono::hours(24), [this] { return dns_watch->check_one(); });
}

Result<> Server::Impl::make_remote() {
  using tls::ClientContext;
  TRY(auto context, ClientContext::make(ClientContext::Verify::nothing, options.outgoing.authorities));
  if (options.outgoing.mta_sts) make_sts(context);
  if (options.outgoing.tls_reports) make_tls_reports();
  if (options.settings.reception.send_dmarc) make_dmarc_reports();
  signing = std::make_unique<deliver::Signing>(*parts->key_ring, *parts->directory, parts->clock,
                                               options.settings.default_domain);
  remote = std::make_unique<deliver::RemoteDelivery>(
      deliver::RemoteServices{*parts->outgoing, *parts->resolver, *parts->bodies, *parts->store, *parts->directory,
                              *parts->delivery, *parts->journal, *parts->pool, parts->clock, parts->random,
                              options.settings.host_name, std::move(context), sts.get(), reports.get(), signing.get(),
                              options.settings.default_domain.text(), parts->srs.get()},
      options.outgoing, *loops);
  parts->upkeep.add("outgoing", std::chrono::seconds(1), [this]() -> Result<> {
    remote->pump();
    return {};
  });
  probe_turns = std::make_unique<server::ProbeTurns>(
      [this](deliver::RouteQuestion question, server::ProbeTurns::Done done) {
        remote->check(std::move(question), std::move(done));
      },
      parts->clock);
  parts->backup_recipients->ask_by([this](deliver::RouteQuestion question, server::ProbeTurns::Done done) {
    probe_turns->ask(std::move(question), std::move(done));
  });
  kept_mail = std::make_unique<deliver::KeptMail>(
      deliver::KeptMail::Services{*parts->outgoing, *parts->key_value, *parts->committer, *parts->store,
                                  *parts->directory, *parts->delivery, *parts->journal, parts->clock,
                                  options.settings.host_name, options.settings.default_domain},
      deliver::KeptOptions{});
  parts->upkeep.add("queue.kept", std::chrono::minutes(5), [this] { return kept_mail->look_after(); });
  (void)parts->upkeep.run_soon("queue.kept");
  parts->outgoing->on_due([this] { remote->pump(); });
  return {};
}

void Server::Impl::make_reflector() {
  reflector = std::make_unique<deliver::Reflector>(deliver::Reflector::Services{
      *parts->key_value, *parts->committer, *parts->bodies, *parts->store, *parts->delivery, *parts->directory,
      *parts->journal, parts->clock, options.settings.host_name});
  parts->upkeep.add("checks.forget", std::chrono::hours(1), [this] { return reflector->forget(); });
}

void Server::Impl::make_own_mail() {
  if (options.settings.reception.own.checks && parts->outgoing) make_reflector();
  own_mail = std::make_unique<deliver::OwnMailReader>(
      deliver::OwnMailReader::Services{*parts->key_value, *parts->committer, *parts->bodies, *parts->store,
                                       *parts->directory, *parts->journal, parts->ids, parts->clock,
                                       options.settings.default_domain, parts->outgoing.get(), reflector.get()},
      options.reports);
  parts->upkeep.add_in_turns("own_mail.read", std::chrono::minutes(10), [this] { return own_mail->read_one(); });
  (void)parts->upkeep.run_soon("own_mail.read");  // what a stop or a crash has left
  parts->upkeep.add_in_turns("reports.forget", std::chrono::hours(24), [this] { return own_mail->forget_one(); });
  if (!parts->resolver) return;
  reported_names =
      std::make_unique<deliver::ReportedNames>(*parts->key_value, *parts->committer, *parts->resolver, parts->clock);
  parts->upkeep.add_in_turns("reports.names", std::chrono::seconds(10),
                             [this] { return reported_names->look_up_some(); });
}

deliver::OwnReportServices Server::Impl::own_reports() {
  std::string const domain = options.settings.default_domain.text();
  auto purpose_of = [own = options.settings.reception.own](std::string_view local) { return own.purpose_of(local); };
  return {*parts->key_value,
          *parts->committer,
          *parts->resolver,
          *parts->store,
          *parts->delivery,
          *parts->journal,
          parts->ids,
          parts->clock,
          options.settings.host_name,
          domain,
          "postmaster@" + domain,
          *parts->directory,
          std::move(purpose_of)};
}

void Server::Impl::make_tls_reports() {
  reports = std::make_unique<deliver::TlsReports>(own_reports());
  parts->upkeep.add("tls_reports.write", std::chrono::minutes(1), [this] { return reports->write(); });
  parts->dns_upkeep.add_in_turns("tls_reports.send", std::chrono::hours(1), [this] { return reports->send_one(); });
}

void Server::Impl::make_dmarc_reports() {
  dmarc_reports = std::make_unique<deliver::DmarcReports>(own_reports());
  parts->dns_upkeep.add_in_turns("dmarc_reports.send", std::chrono::hours(1),
                                 [this] { return dmarc_reports->send_one(); });
}

std::vector<std::string> Server::Impl::send_reports(bool today) {
  std::vector<std::string> kinds;
  if (dmarc_reports) {
    if (today) dmarc_reports->include_today();
    kinds.emplace_back("dmarc");
    parts->dns_upkeep.run_soon("dmarc_reports.send");
  }
  if (reports) {
    if (today) reports->include_today();
    kinds.emplace_back("tls");
    parts->dns_upkeep.run_soon("tls_reports.send");
  }
  return kinds;
}

void Server::Impl::make_sts(std::shared_ptr<tls::ClientContext const> const& context) {
  auto get = [context](net::Loop& loop, http::Fetch what) { return http::get(loop, context, std::move(what)); };
  sts = std::make_unique<deliver::StsCache>(
      deliver::StsCache::Services{*parts->resolver, *parts->key_value, *parts->committer, *parts->pool, parts->clock,
                                  std::move(get)},
      deliver::StsOptions{.port = options.outgoing.mta_sts_port, .loopback = options.outgoing.loopback});
  parts->upkeep.add("outgoing.mta_sts", std::chrono::hours(1), [this]() -> Result<> {
    net::Loop& loop = loops->next();
    loop.post([this, &loop] { net::spawn(loop, sts->refresh(loop)); });
    return {};
  });
}

// One context for each kind: a TLS session begun at one service is never resumed at another.
Result<> Server::Impl::make_tls() {
  if (!has_tls) return {};
  for (Socket const& socket : sockets) {
    TlsKind const kind{socket.service->tls_name, socket.legacy_tls};
    if (socket.service->tls == server::TlsUse::none || tls.contains(kind)) continue;
    std::string const name(kind.first);
    TRY(tls[kind], certificates.add_service({.name = name, .alpn = {name}, .legacy_tls = socket.legacy_tls}));
  }
  // Mail goes on with a certificate that is in doubt, but not without a word.
  Result<> const valid = certificates.check_time(SystemClock().now());
  if (!valid) log(kCertificate, {{"detail", valid.error().detail}});
  for (tls::CertificateInfo const& one : certificates.certificates())
    if (!one.unknown_root.empty()) log(kUnknownRoot, {{"file", one.file}, {"issuer", one.unknown_root}});
  return {};
}

OnConnection Server::Impl::make(Served const& each) const {
  server::Objects const objects = parts->objects();
  return each.service->make({.objects = objects,
                             .settings = settings,
                             .tls = each.tls,
                             .tls_at_once = each.service->tls == server::TlsUse::at_once});
}

OnConnection Server::Impl::admin_handler() {
  auto serve_options = std::make_shared<net::ServeOptions const>();
  return [this, serve_options](net::Connection connection) {
    auto answers = std::make_unique<server::AdminAnswers>(handle_request, *parts->pool);
    auto session = std::make_unique<http::Session>(http::Session::Options{});
    net::Loop& loop = connection.loop();
    net::spawn(loop, net::serve(std::move(connection), std::move(session), std::move(answers), serve_options));
  };
}

// With the settings of now for each connection: there are few.
OnConnection Server::Impl::submit_handler() {
  return [this](net::Connection connection) {
    server::Objects const objects = parts->objects();
    std::shared_ptr<server::Settings const> now;
    {
      std::lock_guard lock(applying);
      now = settings;
    }
    auto const serve = server::serve_local({.objects = objects, .settings = std::move(now), .tls = {}});
    serve(std::move(connection));
  };
}

void Server::Impl::accept() {
  std::lock_guard lock(applying);
  settings = std::make_shared<server::Settings const>(options.settings);
  for (Socket& socket : sockets) {
    auto const slot = tls.find({socket.service->tls_name, socket.legacy_tls});
    auto handler = std::make_shared<Handler>();
    Served& each = served.emplace_back(socket.service, slot == tls.end() ? nullptr : slot->second, handler);
    handler->set(make(each));
    std::string const where = socket.path.empty() ? socket.socket.local.text() : socket.path.string();
    listening.push_back(listener_status(*socket.service, where, each.tls != nullptr));
    auto serve = [handler](net::Connection connection) { (*handler)(std::move(connection)); };
    net::ListenerSettings const limits =
        socket.path.empty() ? gates->listener(*socket.service, settings->host_name) : net::ListenerSettings{};
    listeners.push_back(std::make_unique<net::Listener>(*loops, std::move(socket.socket), std::move(serve), limits));
  }
  sockets.clear();
  listeners.push_back(std::make_unique<net::Listener>(*loops, std::move(*admin_socket), admin_handler()));
  if (submit_socket) {
    auto gate = std::make_shared<net::Gate>(net::gate_by_number(kLocalConnections), parts->clock);
    net::ListenerSettings limits{.gate = std::move(gate), .wait_when_full = true};
    listeners.push_back(
        std::make_unique<net::Listener>(*loops, std::move(*submit_socket), submit_handler(), std::move(limits)));
  }
  parts->upkeep.start();
  parts->dns_upkeep.start();
}

Result<std::uint64_t> Server::Impl::apply(server::Settings next, std::vector<tls::Identity> identities,
                                          OutgoingWays ways) {
  std::lock_guard lock(applying);
  TRY(next.generation, next_generation(*parts->key_value, *parts->committer));
  if (has_tls) TRY_VOID(certificates.replace(std::move(identities), SystemClock().now()));
  settings = std::make_shared<server::Settings const>(std::move(next));
  for (Served const& each : served) each.handler->set(make(each));
  relay_for_all = std::make_shared<std::string const>(deliver::relay_for_all(ways.routes));
  if (remote) {
    parts->hold_by(ways.routes);
    remote->use(std::move(ways.routes), std::move(ways.fallback));
  }
  return settings->generation;
}

api::Status Server::Impl::status() {
  api::Status status;
  {
    std::lock_guard lock(applying);
    status.host_name = settings->host_name;
    status.generation = settings->generation;
    status.listeners = listening;
  }
  status.version = version();
  status.configuration = options.configuration.string();
  status.started = started;
  status.sandbox = sandbox.text();
  for (tls::CertificateInfo& one : certificates.certificates())
    status.certificates.push_back({std::move(one.file), std::move(one.names), one.not_after});
  for (auto const& [name, counters] : gates->counters())
    status.services.push_back(service_status(*server::find_service(name), counters));
  status.space = space_of(options.parts.directory);
  for (Upkeep const* each : {&parts->upkeep, &parts->dns_upkeep})
    for (Upkeep::Report& job : each->reports())
      status.jobs.push_back({std::move(job.name), job.ended, std::move(job.failure)});
  if (parts->resolver) status.dns = dns_status(parts->resolver->health());
  if (remote) {
    status.warnings = remote->warnings();
    std::vector<std::string> keys = parts->key_ring->warnings();
    std::ranges::move(keys, std::back_inserter(status.warnings));
    if (std::optional<std::string> kept = kept_mail->warning()) status.warnings.push_back(*std::move(kept));
  }
  for (directory::SendingAlarm const& alarm : parts->sending_counts->alarms())
    status.alarms.push_back(alarm_text(alarm));
  std::vector<std::string> wrong = dns_watch->warnings();
  std::ranges::move(wrong, std::back_inserter(status.warnings));
  return status;
}

api::Reloaded Server::Impl::reload() {
  if (options.reload) return options.reload();
  return {.problems = {"this server was started without a configuration file"}, .generation = 0, .restart = {}};
}

Server::Impl::~Impl() {
  if (parts) parts->upkeep.stop();
  if (parts) parts->dns_upkeep.stop();
  listeners.clear();
  if (!loops) return;
  if (remote) remote->stop();
  loops->begin_shut_down(kGrace);
  loops->join();
  // Whoever still waits for the DNS is answered while there are loops to hear it.
  dns_watch.reset();
  parts->key_watch.reset();
  std::error_code ignored;  // a socket file that stays is replaced at the next start
  std::filesystem::remove(options.admin_socket, ignored);
  if (!options.submit_socket.empty()) std::filesystem::remove(options.submit_socket, ignored);
  for (ListenerOptions const& listener : options.listeners)
    if (!listener.path.empty()) std::filesystem::remove(listener.path, ignored);
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::start(ServerOptions options) {
  auto impl = std::make_unique<Impl>(std::move(options));
  TRY_VOID(impl->start());
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

void Server::accept() {
  impl_->accept();
}
Result<std::uint64_t> Server::apply(server::Settings settings, std::vector<tls::Identity> identities,
                                    OutgoingWays ways) {
  return impl_->apply(std::move(settings), std::move(identities), std::move(ways));
}
std::uint64_t Server::generation() const {
  std::lock_guard lock(impl_->applying);
  return impl_->settings->generation;
}
std::vector<net::Endpoint> const& Server::endpoints() const {
  return impl_->endpoints;
}
Sandbox const& Server::sandbox() const {
  return impl_->sandbox;
}
Parts& Server::parts() {
  return *impl_->parts;
}
server::Gates const& Server::gates() const {
  return *impl_->gates;
}
tls::CertificateStore& Server::certificates() {
  return impl_->certificates;
}

}  // namespace yubin::app
