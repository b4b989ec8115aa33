// What a service needs to speak TLS as a server: its certificates and its settings. Immutable once made; connections
// hold the one they began with, a reload puts a new one into the Slot.
//
// TLS 1.2 and later (RFC 8996), forward secrecy only, no compression, no renegotiation. Each service has ticket keys
// and a session id context of its own, so a session begun at one service is never resumed at another.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/channel_binding.h"
#include "base/clock.h"
#include "base/result.h"
#include "tls/identity.h"
#include "tls/names.h"
#include "tls/peer.h"
#include "tls/ticket_keys.h"

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
  // TLS 1.0 and 1.1 and ciphers without forward secrecy too, for printers and the like. Of one listener only; making
  // the Context fails if the library or the machine's policy does not permit it.
  bool legacy_tls = false;
  // Shared by the Contexts that follow each other at a service. None: each has its own.
  std::shared_ptr<TicketKeys> ticket_keys{};
};

// A certificate as status pages show it.
struct CertificateInfo {
  std::string file;
  std::vector<std::string> names;  // host names and addresses that it holds for
  std::string issuer;
  std::string key;  // "EC 256", "RSA 2048"
  WallTime not_before;
  WallTime not_after;
  std::string
      unknown_root;  // the issuer that is in no file and that this machine does not know; clients may not either

  // Whole days until it expires; negative when it has.
  int days_left(WallTime now) const;
};

// What a connection's handshake came to.
struct Facts {
  std::string version;      // "TLSv1.3"
  std::string cipher;       // "TLS_AES_256_GCM_SHA384"
  std::string server_name;  // that the client asked for (RFC 6066 section 3); empty if it named none
  bool resumed = false;
  PeerCheck peer{};          // where we are the client; also after a handshake that failed
  ChannelBindings bindings;  // of a server's connection (tls/channel_bindings.h)
};

class Context {
 public:
  // The first identity answers who asks for a name that none has, or for none. Two that hold for the same names and
  // have different kinds of keys are offered together, and the client's abilities choose. At least one.
  // Errors name the file and what to do. The time is not looked at: see check_time().
  static Result<std::shared_ptr<Context const>> make(std::span<Identity const> identities,
                                                     ServiceOptions const& options);
  static Result<std::shared_ptr<Context const>> make(Identity const& identity, ServiceOptions const& options);

  ~Context();
  Context(Context const&) = delete;
  Context& operator=(Context const&) = delete;

  // Fails when a certificate has expired or is not valid yet. An expired certificate is no reason to stop receiving
  // mail, so make() succeeds; a reload should keep the old one, and everybody should tell the administrator.
  Result<> check_time(WallTime now) const;
  WallTime expires() const;  // the first of them
  std::vector<CertificateInfo> const& certificates() const { return certificates_; }
  // Whether a client that asks for `name` gets a certificate that holds for it.
  bool covers(std::string_view name) const;

  // The server's side of one connection, not yet bound to a descriptor. This Context must outlive it.
  Ssl new_connection() const;

 private:
  struct Candidate;  // one SSL_CTX: the certificates of the same names

  Context();
  Result<> add(Identity const& identity, ServiceOptions const& options);
  Result<> set_service(ssl_ctx_st* ctx, ServiceOptions const& options);
  ssl_ctx_st* default_ctx() const;
  static int choose_by_name(ssl_st* ssl, int* alert, void* self);

  std::vector<std::unique_ptr<Candidate>> candidates_;
  NameIndex names_;
  std::vector<CertificateInfo> certificates_;
  std::string alpn_;  // in wire form; the selection callback points to it
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

// Why a handshake failed, in words for the log. Directly after the failure, on its thread.
std::string handshake_failure(ssl_st* ssl);

}  // namespace yubin::tls
