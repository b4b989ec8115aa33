// The whole server: sockets, TLS, what serves each connection, and the parts below; in an order in which each object
// outlives what uses it, stopped in reverse.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/dns_facts.h"
#include "app/parts.h"
#include "app/sandbox.h"
#include "base/result.h"
#include "deliver/remote_options.h"
#include "deliver/report_options.h"
#include "net/endpoint.h"
#include "net/listener.h"
#include "server/gates.h"
#include "server/services.h"
#include "tls/certificate_store.h"

namespace yubin::app {

struct ListenerOptions {
  server::Service const* service;
  net::Endpoint where;
  bool if_available = false;     // no error when the machine has no such address
  bool legacy_tls = false;       // TLS 1.0 and 1.1 too (tls::ServiceOptions)
  std::filesystem::path path{};  // of a socket of this machine, in place of where
};

enum class SocketFate { bound, not_needed };

// Which ways mail leaves the server.
struct OutgoingWays {
  std::vector<deliver::MailRoute> routes{};
  std::string fallback{};
};

struct ServerOptions {
  PartsOptions parts;
  // What must happen after the ports are bound and before any thread exists, such as giving up root; if set.
  std::function<Result<>()> before_threads{};
  std::map<net::Endpoint, net::ListeningSocket> sockets{};  // bound already, by who started this process
  // Told of each socket that was bound here, and of those that were handed over and have no listener; if set.
  std::function<void(net::ListeningSocket const& socket, SocketFate fate)> on_socket{};
  std::filesystem::path configuration{};  // for status; empty: there is no file
  // What the API's reload does, on the storage pool; if there is a file.
  std::function<api::Reloaded()> reload{};
  std::filesystem::path admin_socket;
  std::filesystem::path submit_socket{};  // for programs of this machine; empty: none
  std::vector<ListenerOptions> listeners;
  std::vector<tls::Identity> identities;  // the first is the default (tls::Context::make); none: no TLS
  server::Settings settings;
  server::GateSettings gates{};
  deliver::RemoteOptions outgoing{};
  deliver::ReportOptions reports{};
  api::DnsOptions published{};  // what the DNS should say of this server
  // Entered once ports are bound and keys are read, after before_threads.
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
  // New connections get these from now on, those that exist keep what they began with; mail that is taken from the
  // queue goes these ways. The new generation's number. All or nothing. Any thread, after accept().
  Result<std::uint64_t> apply(server::Settings settings, std::vector<tls::Identity> identities, OutgoingWays ways);
  std::uint64_t generation() const;
  // Where each listener with an address stands, in the order of the options; with the port that was chosen where 0 was
  // asked for.
  std::vector<net::Endpoint> const& endpoints() const;

  // What is in force; nothing without ServerOptions::sandbox.
  Sandbox const& sandbox() const;

  Parts& parts();
  // For status, and to replace the certificates while connections go on: tls::reload().
  tls::CertificateStore& certificates();
  // For status, after accept().
  server::Gates const& gates() const;

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace yubin::app
