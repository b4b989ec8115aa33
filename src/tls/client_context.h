// What we need to speak TLS as a client. Immutable once made.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "tls/context.h"

namespace yubin::tls {

class ClientContext {
 public:
  enum class Verify {
    nothing,  // opportunistic (RFC 7435): against those who only listen; any certificate will do
    chain,    // the certificate's chain leads to a root that this machine trusts, and it holds for the name
  };
  // TLS 1.2 and later. Errors: internal.
  static Result<std::shared_ptr<ClientContext const>> make(Verify verify);
  ~ClientContext();
  ClientContext(ClientContext const&) = delete;
  ClientContext& operator=(ClientContext const&) = delete;

  // The client's side of one connection, not yet bound to a descriptor; asks for `server_name` (RFC 6066 section 3),
  // unless that is an address or empty. This Context must outlive it.
  Ssl new_connection(std::string const& server_name) const;

 private:
  ClientContext(ssl_ctx_st* context, Verify verify) : context_(context), verify_(verify) {}

  ssl_ctx_st* const context_;
  Verify const verify_;
};

}  // namespace yubin::tls
