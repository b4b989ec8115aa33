// The whole server: sockets, TLS, what serves each connection, and the parts below; in an order in which each object
// outlives what uses it, stopped in reverse.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/parts.h"
#include "app/sandbox.h"
#include "base/result.h"
#include "net/endpoint.h"
#include "server/gates.h"
#include "server/services.h"
#include "tls/certificate_store.h"

namespace yubin::app {

struct ListenerOptions {
  server::Service const* service;
  net::Endpoint where;
  bool if_available = false;  // no error when the machine has no such address
  bool legacy_tls = false;    // TLS 1.0 and 1.1 too (tls::ServiceOptions)
};

struct ServerOptions {
  PartsOptions parts;
  std::filesystem::path admin_socket;
  std::vector<ListenerOptions> listeners;
  std::vector<tls::Identity> identities;  // at least one; the first is the default (tls::Context::make)
  server::Settings settings;
  server::GateSettings gates{};
  // Entered once ports are bound and keys are read, before any thread; not under sanitizers.
  std::optional<SandboxOptions> sandbox{};
};

class Server {
 public:
  // Binds, opens the store, starts the threads. Nothing is accepted yet. Each error is one sentence for people; nothing
  // is left running.
  static Result<std::unique_ptr<Server>> start(ServerOptions options);
  // Tells all sessions to end, waits up to ten seconds for them, then stops everything.
  ~Server();

  // From now on connections are taken.
  void accept();
  // Where each listener stands, in the order of the options; with the port that was chosen where 0 was asked for.
  std::vector<net::Endpoint> const& endpoints() const;

  Parts& parts();
  // For status, and to replace the certificates while connections go on: tls::reload().
  tls::CertificateStore& certificates();
  // For status, after accept().
  server::Gates const& gates() const;
  // Blocks; before accept(), for filling a new store.
  Result<std::string> hash_password(Secret password);

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace yubin::app
