#include "app/server.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "api/api.h"
#include "auth/authenticator.h"
#include "auth/hashing_pool.h"
#include "base/log.h"
#include "base/random.h"
#include "base/unique_id.h"
#include "deliver/local.h"
#include "journal/journal.h"
#include "kv/changer.h"
#include "kv/committer.h"
#include "kv/rocks_key_value.h"
#include "kv/segment_bodies.h"
#include "kv/storage_pool.h"
#include "net/listener.h"
#include "net/loops.h"
#include "net/serve.h"
#include "server/admin.h"
#include "server/imap.h"
#include "server/mx.h"
#include "tls/context.h"

namespace yubin::app {

namespace {

constexpr std::chrono::milliseconds kGrace = std::chrono::seconds(10);
constexpr unsigned kStorageThreads = 4;
constexpr std::uint16_t kNode = 1;

constexpr LogEvent kCertificate{"app.certificate", LogLevel::error, "the certificate is served, but clients refuse it"};

struct Socket {
  Service service;
  net::ListeningSocket socket;
};

Result<std::vector<Socket>> bind_all(std::vector<ListenerOptions> const& listeners) {
  std::vector<Socket> sockets;
  std::vector<net::Endpoint> endpoints;
  for (ListenerOptions const& listener : listeners) {
    Result<net::ListeningSocket> socket = net::listen_on(listener.where);
    if (!socket && socket.error().code == Errc::not_found && listener.if_available) continue;
    if (!socket) return std::unexpected(std::move(socket).error());
    sockets.push_back({listener.service, *std::move(socket)});
  }
  return sockets;
}

unsigned cores() {
  return std::max(1u, std::thread::hardware_concurrency());
}

}  // namespace

// Members stand in the order of being made: each may use those above it, and is gone before them.
class Server::Impl {
 public:
  explicit Impl(ServerOptions o) : options(std::move(o)) {}
  ~Impl();

  Result<> start();
  void accept();

  ServerOptions options;
  SystemClock clock;
  SystemRandom random;
  UniqueIds ids{clock, kNode, random.u64()};
  std::vector<Socket> sockets;
  std::vector<net::Endpoint> endpoints;
  std::unique_ptr<kv::RocksKeyValue> key_value;
  std::unique_ptr<kv::StoragePool> pool;
  std::unique_ptr<kv::SegmentBodies> bodies;
  std::unique_ptr<kv::Committer> committer;
  std::unique_ptr<kv::Changer> changer;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<directory::Directory> directory;
  std::unique_ptr<journal::Journal> journal;
  std::unique_ptr<auth::HashingPool> hashing_pool;
  std::unique_ptr<auth::Authenticator> authenticator;
  std::unique_ptr<deliver::LocalDelivery> delivery;
  std::unique_ptr<api::Api> api;
  server::HandleRequest handle_request;
  std::unique_ptr<net::ListeningSocket> admin_socket;
  std::unique_ptr<net::Loops> loops;
  std::vector<std::unique_ptr<net::Listener>> listeners;

 private:
  Result<std::shared_ptr<tls::Slot>> tls_for(std::string name);
  Result<> open_store();
  Result<> open_services();
  Result<> make_handlers();

  net::Listener::OnConnection mx_handler(std::shared_ptr<tls::Slot> tls);
  net::Listener::OnConnection imap_handler(std::shared_ptr<tls::Slot> tls, bool implicit_tls);
  net::Listener::OnConnection admin_handler();

  net::Listener::OnConnection on_mx_;
  net::Listener::OnConnection on_imap_;
  net::Listener::OnConnection on_imaps_;
};

Result<> Server::Impl::start() {
  TRY(sockets, bind_all(options.listeners));
  for (Socket const& socket : sockets) endpoints.push_back(socket.socket.local);
  TRY_VOID(make_handlers());
  TRY_VOID(open_store());
  TRY_VOID(open_services());
  TRY(net::ListeningSocket admin, server::listen_on_path(options.admin_socket));
  admin_socket = std::make_unique<net::ListeningSocket>(std::move(admin));
  loops = std::make_unique<net::Loops>(cores(), clock);
  return {};
}

Result<> Server::Impl::open_store() {
  TRY(key_value, kv::RocksKeyValue::open(options.directory / "rows", {}));
  TRY(bodies, kv::SegmentBodies::open(options.directory / "bodies", *key_value, ids, {}));
  pool = std::make_unique<kv::StoragePool>(kStorageThreads);
  committer = std::make_unique<kv::Committer>(*key_value, kv::Committer::Options{});
  changer = std::make_unique<kv::Changer>(*key_value, *committer, *pool);
  store = std::make_unique<store::Store>(store::Store::Services{*key_value, *bodies, *changer, clock, ids});
  return {};
}

Result<> Server::Impl::open_services() {
  directory = std::make_unique<directory::Directory>(*key_value, *changer, clock);
  journal = std::make_unique<journal::Journal>(*key_value, *changer, ids);
  hashing_pool = std::make_unique<auth::HashingPool>(
      auth::HashingPool::Options{.threads = std::max(1u, cores() / 2), .queue = {}});
  TRY(authenticator,
      auth::Authenticator::make(*directory, *pool, *hashing_pool, clock, random, {.scheme = options.password_scheme}));
  delivery = std::make_unique<deliver::LocalDelivery>(*store, clock);
  auto hash = [this](Secret password, auto done) { authenticator->hash(std::move(password), std::move(done)); };
  api = std::make_unique<api::Api>(api::Services{*directory, *store, *journal, std::move(hash)});
  handle_request = [this](http::Request request, std::string peer, auto reply) {
    api->handle(std::move(request), std::move(peer), std::move(reply));
  };
  return {};
}

Result<std::shared_ptr<tls::Slot>> Server::Impl::tls_for(std::string name) {
  TRY(auto context, tls::Context::make(options.identity, {.name = name, .alpn = {name}}));
  // Mail goes on with an expired certificate, but not without a word.
  if (Result<> valid = context->check_time(clock.now()); !valid) log(kCertificate, {{"detail", valid.error().detail}});
  return std::make_shared<tls::Slot>(std::move(context));
}

Result<> Server::Impl::make_handlers() {
  TRY(auto smtp_tls, tls_for("smtp"));
  TRY(auto imap_tls, tls_for("imap"));
  on_mx_ = mx_handler(std::move(smtp_tls));
  on_imap_ = imap_handler(imap_tls, false);
  on_imaps_ = imap_handler(imap_tls, true);
  return {};
}

net::Listener::OnConnection Server::Impl::mx_handler(std::shared_ptr<tls::Slot> tls) {
  auto session_options = std::make_shared<smtp::Options>();
  session_options->host_name = options.host_name;
  session_options->starttls = true;
  auto serve_options = std::make_shared<net::ServeOptions>();
  serve_options->tls = std::move(tls);
  return [this, session_options, serve_options](net::Connection connection) {
    auto services = std::make_shared<server::MxServices const>(
        server::MxServices{*directory, *store, *journal, *delivery, *pool, options.host_name, options.default_domain});
    auto answers = std::make_unique<server::MxAnswers>(std::move(services), connection.peer().address.text());
    auto session = std::make_unique<smtp::Session>(session_options);
    net::Loop& loop = connection.loop();
    net::spawn(loop, net::serve(std::move(connection), std::move(session), std::move(answers),
                                std::shared_ptr<net::ServeOptions const>(serve_options)));
  };
}

net::Listener::OnConnection Server::Impl::imap_handler(std::shared_ptr<tls::Slot> tls, bool implicit_tls) {
  auto session_options = std::make_shared<imap::Options>();
  session_options->allow_cleartext = options.login_in_clear;
  auto serve_options = std::make_shared<net::ServeOptions>();
  serve_options->tls = std::move(tls);
  serve_options->implicit_tls = implicit_tls;
  return [this, session_options, serve_options, implicit_tls](net::Connection connection) {
    serve_options->executor = pool.get();
    auto services =
        std::make_shared<server::ImapServices const>(server::ImapServices{*authenticator, *store, *journal});
    auto answers = std::make_unique<server::ImapAnswers>(std::move(services), connection.peer().address.text());
    using Tls = imap::Connection::Tls;
    auto session =
        std::make_unique<imap::Session>(imap::Session::Services{*store, clock, session_options, connection.waker()},
                                        imap::Connection{implicit_tls ? Tls::on : Tls::offered});
    net::Loop& loop = connection.loop();
    net::spawn(loop, net::serve(std::move(connection), std::move(session), std::move(answers),
                                std::shared_ptr<net::ServeOptions const>(serve_options)));
  };
}

net::Listener::OnConnection Server::Impl::admin_handler() {
  auto serve_options = std::make_shared<net::ServeOptions const>();
  return [this, serve_options](net::Connection connection) {
    auto answers = std::make_unique<server::AdminAnswers>(handle_request, *pool);
    auto session = std::make_unique<http::Session>(http::Session::Options{});
    net::Loop& loop = connection.loop();
    net::spawn(loop, net::serve(std::move(connection), std::move(session), std::move(answers), serve_options));
  };
}

void Server::Impl::accept() {
  for (Socket& socket : sockets) {
    net::Listener::OnConnection const& handler = socket.service == Service::mx     ? on_mx_
                                                 : socket.service == Service::imap ? on_imap_
                                                                                   : on_imaps_;
    listeners.push_back(std::make_unique<net::Listener>(*loops, std::move(socket.socket), handler));
  }
  sockets.clear();
  listeners.push_back(std::make_unique<net::Listener>(*loops, std::move(*admin_socket), admin_handler()));
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
directory::Directory& Server::directory() {
  return *impl_->directory;
}
store::Store& Server::store() {
  return *impl_->store;
}
Clock& Server::clock() {
  return impl_->clock;
}

Result<std::string> Server::hash_password(Secret password) {
  kv::Ticket<std::string> const ticket = kv::Ticket<std::string>::make();
  impl_->authenticator->hash(std::move(password),
                             [ticket](Result<std::string> hash) { ticket.finish(std::move(hash)); });
  return ticket.wait();
}

}  // namespace yubin::app
