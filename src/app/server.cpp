#include "app/server.h"

#include <algorithm>
#include <map>
#include <thread>

#include "base/log.h"
#include "net/listener.h"
#include "net/loops.h"
#include "net/serve.h"
#include "server/admin.h"

namespace yubin::app {

namespace {

constexpr std::chrono::milliseconds kGrace = std::chrono::seconds(10);
constexpr std::size_t kDescriptors = 65536;

constexpr LogEvent kCertificate{"app.certificate", LogLevel::error, "the certificate is served, but clients refuse it"};

constexpr LogEvent kFewDescriptors{"app.few_descriptors", LogLevel::warning,
                                   "the system permits fewer open files, so fewer connections, than the server may "
                                   "need; raise LimitNOFILE= of its unit"};
constexpr LogEvent kUnknownRoot{"app.unknown_root", LogLevel::warning,
                                "the issuer of a certificate's chain is in no file, and this machine does not know it"};

struct Socket {
  server::Service const* service;
  net::ListeningSocket socket;
  bool legacy_tls;
};

// Listeners of one kind share a TLS context: the name of the services, and whether old versions are spoken.
using TlsKind = std::pair<std::string_view, bool>;

TlsKind kind_of(Socket const& socket) {
  return {socket.service->tls_name, socket.legacy_tls};
}

Result<std::vector<Socket>> bind_all(std::vector<ListenerOptions> const& listeners) {
  std::vector<Socket> sockets;
  for (ListenerOptions const& listener : listeners) {
    Result<net::ListeningSocket> socket = net::listen_on(listener.where);
    if (!socket && socket.error().code == Errc::not_found && listener.if_available) continue;
    if (!socket) return std::unexpected(std::move(socket).error());
    sockets.push_back({listener.service, *std::move(socket), listener.legacy_tls});
  }
  return sockets;
}

}  // namespace

// Members stand in the order of being made: each may use those above it, and is gone before them.
class Server::Impl {
 public:
  explicit Impl(ServerOptions o) : options(std::move(o)), certificates(std::move(options.identities)) {}
  ~Impl();

  Result<> start();
  void accept();

  ServerOptions options;
  std::vector<Socket> sockets;
  std::vector<net::Endpoint> endpoints;
  tls::CertificateStore certificates;
  std::map<TlsKind, std::shared_ptr<tls::Slot>> tls;
  std::unique_ptr<Parts> parts;
  std::unique_ptr<server::Gates> gates;
  server::HandleRequest handle_request;
  std::unique_ptr<net::ListeningSocket> admin_socket;
  std::unique_ptr<net::Loops> loops;
  std::vector<std::unique_ptr<net::Listener>> listeners;

 private:
  Result<> make_tls();
  net::Listener::OnConnection handler(Socket const& socket, server::Objects const& objects,
                                      std::shared_ptr<server::Settings const> const& settings) const;
  net::Listener::OnConnection admin_handler();
};

Result<> Server::Impl::start() {
  // A connection is a descriptor; the rest is for the store.
  std::size_t const descriptors = net::raise_descriptor_limit(kDescriptors);
  if (descriptors < kDescriptors) log(kFewDescriptors, {{"limit", descriptors}, {"wanted", kDescriptors}});
  TRY(sockets, bind_all(options.listeners));
  for (Socket const& socket : sockets) endpoints.push_back(socket.socket.local);
  TRY_VOID(make_tls());
  if (options.sandbox && sandbox_is_possible()) TRY_VOID(enter_sandbox(*options.sandbox));
  TRY(parts, Parts::make(options.parts));
  handle_request = [this](http::Request request, std::string peer, auto reply) {
    parts->api->handle(std::move(request), std::move(peer), std::move(reply));
  };
  gates = std::make_unique<server::Gates>(options.gates, parts->clock);
  TRY(net::ListeningSocket admin, server::listen_on_path(options.admin_socket));
  admin_socket = std::make_unique<net::ListeningSocket>(std::move(admin));
  loops = std::make_unique<net::Loops>(std::max(1u, std::thread::hardware_concurrency()), parts->clock);
  return {};
}

// One context for each kind: a TLS session begun at one service is never resumed at another.
Result<> Server::Impl::make_tls() {
  for (Socket const& socket : sockets) {
    TlsKind const kind = kind_of(socket);
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

net::Listener::OnConnection Server::Impl::handler(Socket const& socket, server::Objects const& objects,
                                                  std::shared_ptr<server::Settings const> const& settings) const {
  auto const slot = tls.find(kind_of(socket));
  return socket.service->make({.objects = objects,
                               .settings = settings,
                               .tls = slot == tls.end() ? nullptr : slot->second,
                               .tls_at_once = socket.service->tls == server::TlsUse::at_once});
}

net::Listener::OnConnection Server::Impl::admin_handler() {
  auto serve_options = std::make_shared<net::ServeOptions const>();
  return [this, serve_options](net::Connection connection) {
    auto answers = std::make_unique<server::AdminAnswers>(handle_request, *parts->pool);
    auto session = std::make_unique<http::Session>(http::Session::Options{});
    net::Loop& loop = connection.loop();
    net::spawn(loop, net::serve(std::move(connection), std::move(session), std::move(answers), serve_options));
  };
}

void Server::Impl::accept() {
  server::Objects const objects = parts->objects();
  auto const settings = std::make_shared<server::Settings const>(options.settings);
  for (Socket& socket : sockets) {
    net::Listener::OnConnection on_connection = handler(socket, objects, settings);
    listeners.push_back(std::make_unique<net::Listener>(*loops, std::move(socket.socket), std::move(on_connection),
                                                        gates->listener(*socket.service, settings->host_name)));
  }
  sockets.clear();
  listeners.push_back(std::make_unique<net::Listener>(*loops, std::move(*admin_socket), admin_handler()));
  parts->upkeep.start();
}

Server::Impl::~Impl() {
  listeners.clear();
  if (!loops) return;
  loops->begin_shut_down(kGrace);
  loops->join();
  std::error_code ignored;  // a socket file that stays is replaced at the next start
  std::filesystem::remove(options.admin_socket, ignored);
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
std::vector<net::Endpoint> const& Server::endpoints() const {
  return impl_->endpoints;
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

Result<std::string> Server::hash_password(Secret password) {
  kv::Ticket<std::string> const ticket = kv::Ticket<std::string>::make();
  impl_->parts->authenticator->hash(std::move(password),
                                    [ticket](Result<std::string> hash) { ticket.finish(std::move(hash)); });
  return ticket.wait();
}

}  // namespace yubin::app
