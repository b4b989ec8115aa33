#include "tls/client_context.h"

#include <openssl/ssl.h>

#include <new>

#include "base/ip_address.h"
#include "tls/openssl.h"

namespace yubin::tls {

Result<std::shared_ptr<ClientContext const>> ClientContext::make(Verify verify) {
  SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
  if (context == nullptr) return fail(Errc::internal, last_error());
  std::shared_ptr<ClientContext const> made(new ClientContext(context, verify));
  SSL_CTX_set_mode(context,
                   SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  // Servers that close without a close_notify have said all that SMTP needs to be complete.
  SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_RENEGOTIATION);
  if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1) return fail(Errc::internal, last_error());
  if (verify == Verify::chain && SSL_CTX_set_default_verify_paths(context) != 1)
    return fail(Errc::internal, last_error());
  SSL_CTX_set_verify(context, verify == Verify::chain ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  return made;
}

ClientContext::~ClientContext() {
  SSL_CTX_free(context_);
}

Ssl ClientContext::new_connection(std::string const& server_name) const {
  Ssl ssl(SSL_new(context_));
  if (!ssl) throw std::bad_alloc();
  SSL_set_connect_state(ssl.get());
  bool const is_name = !server_name.empty() && !IpAddress::parse(server_name).has_value();
  if (is_name && SSL_set_tlsext_host_name(ssl.get(), server_name.c_str()) != 1) throw std::bad_alloc();
  if (verify_ == Verify::chain && SSL_set1_host(ssl.get(), server_name.c_str()) != 1) throw std::bad_alloc();
  return ssl;
}

}  // namespace yubin::tls
