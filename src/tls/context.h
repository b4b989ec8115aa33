// What a service needs to speak TLS as a server: its identity and its settings. Immutable once made; connections hold
// the one they began with, a reload puts a new one into the Slot.
//
// TLS 1.2 and later (RFC 8996), forward secrecy only, no compression, no renegotiation. Each Context has ticket keys
// and a session id context of its own, so a session begun at one service is never resumed at another.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "tls/identity.h"

struct ssl_ctx_st;
struct ssl_st;

namespace yubin::tls {

struct SslDeleter {
  void operator()(ssl_st* ssl) const;
};
using Ssl = std::unique_ptr<ssl_st, SslDeleter>;

struct ServiceOptions {
  std::string name;  // of the service, for the session id context: "imap"
  // RFC 7301: the protocol names it answers to. A client that offers only others is refused, so that it cannot be
  // led to another service of the same name (RFC 9325 section 3.8). Empty: what clients offer is not looked at.
  std::vector<std::string> alpn{};
};

// What a connection's handshake came to.
struct Facts {
  std::string version;      // "TLSv1.3"
  std::string cipher;       // "TLS_AES_256_GCM_SHA384"
  std::string server_name;  // that the client asked for (RFC 6066 section 3); empty if it named none
  bool resumed = false;
};

class Context {
 public:
  // Errors name the file and what to do. The time is not looked at: see check_time().
  static Result<std::shared_ptr<Context const>> make(Identity const& identity, ServiceOptions const& options);

  ~Context();
  Context(Context const&) = delete;
  Context& operator=(Context const&) = delete;

  // Fails when the certificate has expired or is not valid yet. An expired certificate is no reason to stop receiving
  // mail, so make() succeeds; a reload should keep the old one, and everybody should tell the administrator.
  Result<> check_time(WallTime now) const;
  WallTime expires() const { return not_after_; }

  // The server's side of one connection, not yet bound to a descriptor. This Context must outlive it.
  Ssl new_connection() const;

 private:
  explicit Context(ssl_ctx_st* ctx) : ctx_(ctx) {}
  Result<> load(Identity const& identity);
  Result<> set_service(ServiceOptions const& options);

  ssl_ctx_st* ctx_;
  std::string chain_name_;
  std::string alpn_;  // in wire form; the selection callback points to it
  WallTime not_before_;
  WallTime not_after_;
};

// Where a service finds its current Context; a reload replaces it while connections come in. Any thread.
class Slot {
 public:
  explicit Slot(std::shared_ptr<Context const> context) : context_(std::move(context)) {}
  std::shared_ptr<Context const> get() const;
  void set(std::shared_ptr<Context const> context);

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<Context const> context_;
};

// After a completed handshake.
Facts facts_of(ssl_st* ssl);

}  // namespace yubin::tls
