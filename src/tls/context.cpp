#include "tls/context.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <algorithm>

#include "base/assert.h"
#include "tls/openssl.h"

namespace yubin::tls {
namespace {

std::string day(WallTime time) {
  return fmt::format("{:%Y-%m-%d %H:%M} UTC", std::chrono::time_point_cast<std::chrono::seconds>(time));
}

// A key under a passphrase must not make OpenSSL ask for it on the terminal.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

// RFC 7301 section 3.2: the server's preference wins; nothing in common is the fatal alert no_application_protocol.
int select_alpn(SSL*, unsigned char const** out, unsigned char* out_length, unsigned char const* offered,
                unsigned int offered_length, void* arg) {
  auto const& ours = *static_cast<std::string const*>(arg);
  unsigned char* selected = nullptr;
  int const found = SSL_select_next_proto(&selected, out_length, reinterpret_cast<unsigned char const*>(ours.data()),
                                          static_cast<unsigned>(ours.size()), offered, offered_length);
  if (found != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = selected;
  return SSL_TLSEXT_ERR_OK;
}

void set_defaults(SSL_CTX* ctx) {
  SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
  // RFC 9325 section 4.1: forward secrecy always. CBC suites stay at the end of the list: another mail server that
  // knows nothing better would otherwise send in clear.
  SSL_CTX_set_cipher_list(ctx, "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES");
  SSL_CTX_set_options(ctx, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                               SSL_OP_PRIORITIZE_CHACHA);
  // An idle connection holds no record buffers. The other two let a write go on after a part with a moved buffer.
  SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // Stateless tickets only, one a handshake: no memory on our side for clients that never come back.
  SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(ctx, 1);
  SSL_CTX_set_default_passwd_cb(ctx, &no_passphrase);
}

Result<Key> parse_key(Identity const& identity) {
  Bio bio = reading(identity.key_pem);
  Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, &no_passphrase, nullptr));
  if (!key)
    return fail(Errc::syntax,
                fmt::format("{} holds no private key in PEM that can be read without a passphrase ({}); give the key "
                            "that belongs to {}, unencrypted",
                            identity.key_name, last_error(), identity.chain_name));
  return key;
}

}  // namespace

void SslDeleter::operator()(ssl_st* ssl) const {
  SSL_free(ssl);
}

Result<std::shared_ptr<Context const>> Context::make(Identity const& identity, ServiceOptions const& options) {
  ERR_clear_error();
  SSL_CTX* ctx = SSL_CTX_new(TLS_server_method());
  if (ctx == nullptr) return fail(Errc::internal, "OpenSSL cannot make a TLS context: " + last_error());
  std::shared_ptr<Context> context(new Context(ctx));
  set_defaults(ctx);
  TRY_VOID(context->load(identity));
  TRY_VOID(context->set_service(options));
  return context;
}

Context::~Context() {
  SSL_CTX_free(ctx_);
}

Result<> Context::load(Identity const& identity) {
  chain_name_ = identity.chain_name;
  Bio bio = reading(identity.chain_pem);
  Certificate leaf(PEM_read_bio_X509_AUX(bio.get(), nullptr, &no_passphrase, nullptr));
  if (!leaf)
    return fail(Errc::syntax, fmt::format("{} holds no certificate in PEM ({}); give the certificate, followed by its "
                                          "intermediates",
                                          identity.chain_name, last_error()));
  if (SSL_CTX_use_certificate(ctx_, leaf.get()) != 1)
    return fail(Errc::denied,
                fmt::format("{} cannot be used ({}); request a certificate with an ECDSA P-256 or RSA 2048 key",
                            identity.chain_name, last_error()));
  while (X509* next = PEM_read_bio_X509(bio.get(), nullptr, &no_passphrase, nullptr)) {
    if (SSL_CTX_add0_chain_cert(ctx_, next) != 1) {
      X509_free(next);
      return fail(Errc::denied, fmt::format("{}: an intermediate certificate cannot be used ({}); remove it or get it "
                                            "again from the issuer",
                                            identity.chain_name, last_error()));
    }
  }
  ERR_clear_error();  // the loop ends with "no start line"
  not_before_ = to_time(X509_get0_notBefore(leaf.get()));
  not_after_ = to_time(X509_get0_notAfter(leaf.get()));

  TRY(Key key, parse_key(identity));
  if (X509_check_private_key(leaf.get(), key.get()) != 1) {
    ERR_clear_error();
    return fail(Errc::conflict, fmt::format("the key in {} does not belong to the certificate in {}; give the key that "
                                            "the certificate was requested with",
                                            identity.key_name, identity.chain_name));
  }
  if (SSL_CTX_use_PrivateKey(ctx_, key.get()) != 1)
    return fail(Errc::denied, fmt::format("{} cannot be used ({})", identity.key_name, last_error()));
  return {};
}

Result<> Context::set_service(ServiceOptions const& options) {
  auto const* id = reinterpret_cast<unsigned char const*>(options.name.data());
  auto const length = static_cast<unsigned>(std::min<std::size_t>(options.name.size(), SSL_MAX_SSL_SESSION_ID_LENGTH));
  if (SSL_CTX_set_session_id_context(ctx_, id, length) != 1)
    return fail(Errc::internal, "session id context: " + last_error());
  for (std::string const& name : options.alpn) {
    YUBIN_ASSERT(!name.empty() && name.size() < 256);
    alpn_.push_back(static_cast<char>(name.size()));
    alpn_ += name;
  }
  if (!alpn_.empty()) SSL_CTX_set_alpn_select_cb(ctx_, &select_alpn, &alpn_);
  return {};
}

Result<> Context::check_time(WallTime now) const {
  if (now > not_after_)
    return fail(Errc::conflict,
                fmt::format("the certificate in {} expired on {}; renew it", chain_name_, day(not_after_)));
  if (now < not_before_)
    return fail(Errc::conflict, fmt::format("the certificate in {} is valid only from {}; check this machine's clock",
                                            chain_name_, day(not_before_)));
  return {};
}

Ssl Context::new_connection() const {
  Ssl ssl(SSL_new(ctx_));
  if (!ssl) throw std::bad_alloc();
  SSL_set_accept_state(ssl.get());
  return ssl;
}

std::shared_ptr<Context const> Slot::get() const {
  std::lock_guard lock(mutex_);
  return context_;
}

void Slot::set(std::shared_ptr<Context const> context) {
  std::lock_guard lock(mutex_);
  context_.swap(context);  // the old one goes after the lock does
}

Facts facts_of(ssl_st* ssl) {
  char const* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  return Facts{.version = SSL_get_version(ssl),
               .cipher = SSL_get_cipher_name(ssl),
               .server_name = name != nullptr ? name : "",
               .resumed = SSL_session_reused(ssl) == 1};
}

}  // namespace yubin::tls
