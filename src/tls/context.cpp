#include "tls/context.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <set>

#include "base/assert.h"
#include "tls/chain.h"
#include "tls/channel_bindings.h"
#include "tls/client_context.h"
#include "tls/legacy.h"
#include "tls/openssl.h"

namespace yubin::tls {
namespace {

std::string day(WallTime time) {
  return fmt::format("{:%Y-%m-%d %H:%M} UTC", std::chrono::time_point_cast<std::chrono::seconds>(time));
}

std::string version_name(int version) {
  switch (version) {
    case SSL3_VERSION:
      return "SSL 3.0";
    case TLS1_VERSION:
      return "TLS 1.0";
    case TLS1_1_VERSION:
      return "TLS 1.1";
    default:
      return fmt::format("version {:#06x} of TLS", version);
  }
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
  // RFC 9325 sections 4.1 and 4.2: forward secrecy and AEAD always. What knows nothing better than CBC is of before
  // 2013 and needs a listener with legacy_tls.
  SSL_CTX_set_cipher_list(ctx, "ECDHE+AESGCM:ECDHE+CHACHA20");
  // The finite field groups of TLS 1.3 cost us up to a hundred times as much as they cost who asks for them.
  SSL_CTX_set1_groups_list(ctx, "X25519:P-256:X448:P-384:P-521");
  SSL_CTX_set_options(ctx, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                               SSL_OP_PRIORITIZE_CHACHA);
  // An idle connection holds no record buffers. The other two let a write go on after a part with a moved buffer.
  SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // Stateless tickets only, one a handshake: no memory on our side for clients that never come back.
  SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(ctx, 1);
}

std::string describe_key(EVP_PKEY* key) {
  return fmt::format("{} {}", EVP_PKEY_get0_type_name(key), EVP_PKEY_get_bits(key));
}

CertificateInfo describe(Identity const& identity, Chain const& chain) {
  X509* const leaf = chain.leaf.get();
  return {.file = identity.chain_name,
          .names = names_of(leaf),
          .issuer = name_text(X509_get_issuer_name(leaf)),
          .key = describe_key(chain.key.get()),
          .not_before = to_time(X509_get0_notBefore(leaf)),
          .not_after = to_time(X509_get0_notAfter(leaf)),
          .unknown_root = chain.unknown_root};
}

Result<> use(ssl_ctx_st* ctx, Identity const& identity, Chain const& chain) {
  if (SSL_CTX_use_certificate(ctx, chain.leaf.get()) != 1)
    return fail(Errc::denied,
                fmt::format("{} cannot be used ({}); request a certificate with an ECDSA P-256 or RSA 2048 key",
                            identity.chain_name, last_error()));
  for (Certificate const& issuer : chain.issuers)
    if (SSL_CTX_add1_chain_cert(ctx, issuer.get()) != 1)
      return fail(Errc::denied, fmt::format("{}: an intermediate certificate cannot be used ({}); remove it or get it "
                                            "again from the issuer",
                                            identity.chain_name, last_error()));
  if (SSL_CTX_use_PrivateKey(ctx, chain.key.get()) != 1)
    return fail(Errc::denied, fmt::format("{} cannot be used ({})", identity.key_name, last_error()));
  return {};
}

}  // namespace

struct Context::Candidate {
  explicit Candidate(ssl_ctx_st* made) : ctx(made) {}
  ~Candidate() { SSL_CTX_free(ctx); }
  Candidate(Candidate const&) = delete;
  Candidate& operator=(Candidate const&) = delete;

  ssl_ctx_st* ctx;
  std::vector<std::string> names;
  std::set<int> key_types;
};

int CertificateInfo::days_left(WallTime now) const {
  return static_cast<int>(std::chrono::floor<std::chrono::days>(not_after - now).count());
}

void SslDeleter::operator()(ssl_st* ssl) const {
  SSL_free(ssl);
}

Context::Context() = default;
Context::~Context() = default;

Result<std::shared_ptr<Context const>> Context::make(Identity const& identity, ServiceOptions const& options) {
  return make(std::span(&identity, 1), options);
}

Result<std::shared_ptr<Context const>> Context::make(std::span<Identity const> identities,
                                                     ServiceOptions const& options) {
  YUBIN_ASSERT(!identities.empty());
  ERR_clear_error();
  std::shared_ptr<Context> context(new Context());
  for (std::string const& name : options.alpn) {
    YUBIN_ASSERT(!name.empty() && name.size() < 256);
    context->alpn_.push_back(static_cast<char>(name.size()));
    context->alpn_ += name;
  }
  for (Identity const& identity : identities) TRY_VOID(context->add(identity, options));
  SSL_CTX_set_tlsext_servername_callback(context->default_ctx(), &choose_by_name);
  SSL_CTX_set_tlsext_servername_arg(context->default_ctx(), context.get());
  if (options.legacy_tls) TRY_VOID(try_legacy_handshake(*context));
  return context;
}

Result<> Context::add(Identity const& identity, ServiceOptions const& options) {
  static Roots const roots = roots_of_machine();
  TRY(Chain const chain, make_chain(identity, roots.get()));
  certificates_.push_back(describe(identity, chain));
  std::vector<std::string> const& names = certificates_.back().names;
  int const key_type = EVP_PKEY_get_base_id(chain.key.get());

  auto const sibling = std::ranges::find_if(
      candidates_, [&](auto const& one) { return one->names == names && !one->key_types.contains(key_type); });
  if (sibling != candidates_.end()) {
    (*sibling)->key_types.insert(key_type);
    return use((*sibling)->ctx, identity, chain);
  }

  SSL_CTX* ctx = SSL_CTX_new(TLS_server_method());
  if (ctx == nullptr) return fail(Errc::internal, "OpenSSL cannot make a TLS context: " + last_error());
  candidates_.push_back(std::make_unique<Candidate>(ctx));
  candidates_.back()->names = names;
  candidates_.back()->key_types = {key_type};
  for (std::string const& name : names) names_.add(name, candidates_.size() - 1);
  set_defaults(ctx);
  if (options.legacy_tls) allow_legacy(ctx);
  TRY_VOID(use(ctx, identity, chain));
  return set_service(ctx, options);
}

Result<> Context::set_service(ssl_ctx_st* ctx, ServiceOptions const& options) {
  auto const* id = reinterpret_cast<unsigned char const*>(options.name.data());
  auto const length = static_cast<unsigned>(std::min<std::size_t>(options.name.size(), SSL_MAX_SSL_SESSION_ID_LENGTH));
  if (SSL_CTX_set_session_id_context(ctx, id, length) != 1)
    return fail(Errc::internal, "session id context: " + last_error());
  if (options.ticket_keys) use_ticket_keys(ctx, options.ticket_keys);
  if (!alpn_.empty()) SSL_CTX_set_alpn_select_cb(ctx, &select_alpn, &alpn_);
  return {};
}

ssl_ctx_st* Context::default_ctx() const {
  return candidates_.front()->ctx;
}

// RFC 6066 section 3: a name that nobody has is answered with the default certificate, since a mail server that knows
// no better would otherwise send in clear.
int Context::choose_by_name(ssl_st* ssl, int*, void* self) {
  char const* const name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (name == nullptr) return SSL_TLSEXT_ERR_NOACK;
  auto const& context = *static_cast<Context const*>(self);
  std::size_t const chosen = context.names_.find(name, 0);
  if (chosen != 0) SSL_set_SSL_CTX(ssl, context.candidates_[chosen]->ctx);
  return SSL_TLSEXT_ERR_OK;
}

bool Context::covers(std::string_view name) const {
  constexpr auto kNobody = static_cast<std::size_t>(-1);
  return names_.find(name, kNobody) != kNobody;
}

WallTime Context::expires() const {
  return std::ranges::min(certificates_, {}, &CertificateInfo::not_after).not_after;
}

Result<> Context::check_time(WallTime now) const {
  for (CertificateInfo const& one : certificates_) {
    if (now > one.not_after)
      return fail(Errc::conflict,
                  fmt::format("the certificate in {} expired on {}; renew it", one.file, day(one.not_after)));
    if (now < one.not_before)
      return fail(Errc::conflict, fmt::format("the certificate in {} is valid only from {}; check this machine's clock",
                                              one.file, day(one.not_before)));
  }
  return {};
}

Ssl Context::new_connection() const {
  Ssl ssl(SSL_new(default_ctx()));
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
               .resumed = SSL_session_reused(ssl) == 1,
               .peer = SSL_is_server(ssl) == 1 ? PeerCheck{} : peer_check(ssl),
               .bindings = SSL_is_server(ssl) == 1 ? channel_bindings_of(ssl) : ChannelBindings{}};
}

std::string handshake_failure(ssl_st* ssl) {
  unsigned long const code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "the peer closed the connection";
  bool const is_server = SSL_is_server(ssl) == 1;
  if (ERR_GET_LIB(code) == ERR_LIB_SSL && !is_server) {
    switch (ERR_GET_REASON(code)) {
      case SSL_R_CERTIFICATE_VERIFY_FAILED:
        return "the certificate is not accepted: " + peer_check(ssl).why;
      case SSL_R_UNEXPECTED_EOF_WHILE_READING:
        return "the peer closed the connection";
      case SSL_R_WRONG_VERSION_NUMBER:
        return "what the server sent is not TLS";
      default:
        break;
    }
  }
  if (ERR_GET_LIB(code) == ERR_LIB_SSL && is_server) {
    switch (ERR_GET_REASON(code)) {
      case SSL_R_UNSUPPORTED_PROTOCOL:
      case SSL_R_VERSION_TOO_LOW:
        return fmt::format("the client offers {} at most", version_name(SSL_client_version(ssl)));
      case SSL_R_UNEXPECTED_EOF_WHILE_READING:
        return "the peer closed the connection";
      case SSL_R_NO_SHARED_CIPHER:
        return "the client offers no cipher that we accept";
      case SSL_R_NO_APPLICATION_PROTOCOL:
        return "the client wants another protocol (ALPN)";
      case SSL_R_HTTP_REQUEST:
        return "the client speaks HTTP without TLS";
      case SSL_R_WRONG_VERSION_NUMBER:
        return "what the client sent is not TLS";
      default:
        break;
    }
  }
  char const* const reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : "OpenSSL gives no reason";
}

}  // namespace yubin::tls
