// What we need to speak TLS as a client. Immutable once made.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "tls/context.h"
#include "tls/peer.h"

namespace yubin::tls {

class ClientContext {
 public:
  enum class Verify {
    nothing,  // opportunistic (RFC 7435): against those who only listen; any certificate will do
    chain,    // the certificate's chain leads to a root that this machine trusts, and it holds for the name
  };
  // TLS 1.2 and later. `authorities`: a file with certificates that are trusted besides the machine's; empty: none.
  // Errors: internal; the file is named.
  static Result<std::shared_ptr<ClientContext const>> make(Verify verify,
                                                           std::filesystem::path const& authorities = {});
  ClientContext(ClientContext const&) = delete;
  ClientContext& operator=(ClientContext const&) = delete;

  // As this one, for connections that want this; cheap.
  std::shared_ptr<ClientContext const> wanting(Wanted wanted) const;

  // The client's side of one connection, not yet bound to a descriptor; asks for `server_name` (RFC 6066 section 3),
  // unless that is an address or empty. This Context must outlive it.
  Ssl new_connection(std::string const& server_name) const;

 private:
  ClientContext(std::shared_ptr<ssl_ctx_st> context, Wanted wanted)
      : context_(std::move(context)), wanted_(std::move(wanted)) {}

  std::shared_ptr<ssl_ctx_st> const context_;
  Wanted const wanted_;
};

// Those that we can use for DANE: usages 2 and 3 (RFC 7672 section 3.1.3), selectors and matching types that are known,
// data that can be what they say.
std::vector<TlsaRecord> usable_records(std::span<TlsaRecord const> records);

// After a handshake of ours as the client, whatever came of it.
PeerCheck peer_check(ssl_st* ssl);

}  // namespace yubin::tls
