#include "tls/client_context.h"

#include <fmt/format.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <new>

#include "base/ip_address.h"
#include "tls/openssl.h"

namespace yubin::tls {

namespace {

// RFC 7672 section 3.1
constexpr std::uint8_t kDaneTa = 2;
constexpr std::uint8_t kDaneEe = 3;

bool add(SSL* ssl, TlsaRecord const& record) {
  auto const* data = reinterpret_cast<unsigned char const*>(record.data.data());
  return SSL_dane_tlsa_add(ssl, record.usage, record.selector, record.matching_type, data, record.data.size()) > 0;
}

bool is_dane_usage(TlsaRecord const& record) {
  return record.usage == kDaneTa || record.usage == kDaneEe;
}

void check(bool done) {
  if (!done) throw std::bad_alloc();
}

bool set_names(SSL* ssl, std::vector<std::string> const& names) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    char const* const name = names[i].c_str();
    if ((i == 0 ? SSL_set1_host(ssl, name) : SSL_add1_host(ssl, name)) != 1) return false;
  }
  return true;
}

void set_dane(SSL* ssl, Wanted const& wanted, std::string const& base) {
  check(SSL_dane_enable(ssl, base.c_str()) > 0);
  // RFC 7672 section 3.1.1: with DANE-EE the record alone binds the key to the server; names and dates say nothing.
  SSL_dane_set_flags(ssl, DANE_FLAG_NO_DANE_EE_NAMECHECKS);
  for (TlsaRecord const& record : wanted.records)
    if (is_dane_usage(record)) (void)add(ssl, record);  // what is unusable is as good as absent (section 2.1.1)
}

PeerCheck::Verdict verdict_of(long result) {
  using Verdict = PeerCheck::Verdict;
  switch (result) {
    case X509_V_OK:
      return Verdict::good;
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return Verdict::expired;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return Verdict::wrong_name;
    case X509_V_ERR_DANE_NO_MATCH:
      return Verdict::no_match;
    default:
      return Verdict::untrusted;
  }
}

}  // namespace

Result<std::shared_ptr<ClientContext const>> ClientContext::make(Verify verify,
                                                                 std::filesystem::path const& authorities) {
  std::shared_ptr<SSL_CTX> const context(SSL_CTX_new(TLS_client_method()), Freed<&SSL_CTX_free>());
  if (!context) return fail(Errc::internal, last_error());
  SSL_CTX* const raw = context.get();
  SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
  // Servers that close without a close_notify have said all that SMTP needs to be complete.
  SSL_CTX_set_options(raw, SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_RENEGOTIATION);
  if (SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION) != 1 || SSL_CTX_set_default_verify_paths(raw) != 1 ||
      SSL_CTX_dane_enable(raw) != 1)
    return fail(Errc::internal, last_error());
  if (!authorities.empty() && SSL_CTX_load_verify_file(raw, authorities.c_str()) != 1)
    return fail(Errc::internal, fmt::format("{}: {}", authorities.string(), last_error()));
  auto const by = verify == Verify::chain ? Wanted::By::authorities : Wanted::By::nobody;
  return std::shared_ptr<ClientContext const>(new ClientContext(context, {.by = by}));
}

std::shared_ptr<ClientContext const> ClientContext::wanting(Wanted wanted) const {
  return std::shared_ptr<ClientContext const>(new ClientContext(context_, std::move(wanted)));
}

Ssl ClientContext::new_connection(std::string const& server_name) const {
  using By = Wanted::By;
  Ssl ssl(SSL_new(context_.get()));
  check(ssl != nullptr);
  SSL_set_connect_state(ssl.get());
  std::vector<std::string> names = wanted_.names;
  if (names.empty() && !server_name.empty()) names = {server_name};
  if (wanted_.by == By::dane) set_dane(ssl.get(), wanted_, names.front());
  bool const has_name = !names.empty() && !IpAddress::parse(names.front()).has_value();
  if (has_name) check(SSL_set_tlsext_host_name(ssl.get(), names.front().c_str()) == 1);
  check(set_names(ssl.get(), names));
  unsigned const strict = X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT;
  // RFC 7672 section 3.2.3 lets the common name count where there is no other; RFC 8461 section 4.1 does not.
  SSL_set_hostflags(ssl.get(), wanted_.by == By::dane ? X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS : strict);
  // RFC 7435 section 3: weak is better than in clear.
  if (wanted_.by == By::nobody) SSL_set_security_level(ssl.get(), 0);
  SSL_set_verify(ssl.get(), wanted_.by == By::nobody ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nullptr);
  return ssl;
}

std::vector<TlsaRecord> usable_records(std::span<TlsaRecord const> records) {
  std::vector<TlsaRecord> out;
  std::unique_ptr<SSL_CTX, Freed<&SSL_CTX_free>> const context(SSL_CTX_new(TLS_client_method()));
  check(context != nullptr && SSL_CTX_dane_enable(context.get()) == 1);
  Ssl const ssl(SSL_new(context.get()));
  check(ssl != nullptr && SSL_dane_enable(ssl.get(), nullptr) > 0);
  for (TlsaRecord const& record : records)
    if (is_dane_usage(record) && add(ssl.get(), record)) out.push_back(record);
  (void)last_error();  // about those that are none
  return out;
}

PeerCheck peer_check(ssl_st* ssl) {
  std::unique_ptr<X509, Freed<&X509_free>> const certificate(SSL_get1_peer_certificate(ssl));
  long const result = SSL_get_verify_result(ssl);
  // A certificate that is refused is not kept, but the reason is.
  if (!certificate && result == X509_V_OK) return {};
  PeerCheck out{.verdict = verdict_of(result)};
  if (result != X509_V_OK) out.why = X509_verify_cert_error_string(result);
  std::uint8_t usage = 0;
  std::uint8_t selector = 0;
  std::uint8_t matching = 0;
  bool const by_record = SSL_get0_dane_authority(ssl, nullptr, nullptr) >= 0 &&
                         SSL_get0_dane_tlsa(ssl, &usage, &selector, &matching, nullptr, nullptr) >= 0;
  if (by_record) out.tlsa = fmt::format("{} {} {}", usage, selector, matching);
  return out;
}

}  // namespace yubin::tls
