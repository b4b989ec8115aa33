#include "tls/channel_bindings.h"

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>
#include <optional>

namespace yubin::tls {

namespace {

// RFC 9266 section 2
std::optional<std::string> exporter(ssl_st* ssl) {
  static constexpr std::string_view kLabel = "EXPORTER-Channel-Binding";
  if (SSL_version(ssl) < TLS1_3_VERSION) return std::nullopt;
  std::array<unsigned char, 32> out;
  if (SSL_export_keying_material(ssl, out.data(), out.size(), kLabel.data(), kLabel.size(), nullptr, 0, 0) != 1)
    return std::nullopt;
  return std::string(out.begin(), out.end());
}

// RFC 5929 section 3.1: the first Finished message of the handshake; a resumption begins with the server's.
std::optional<std::string> unique(ssl_st* ssl) {
  if (SSL_version(ssl) != TLS1_2_VERSION || SSL_get_extms_support(ssl) != 1) return std::nullopt;
  std::array<char, EVP_MAX_MD_SIZE> out;
  bool const resumed = SSL_session_reused(ssl) == 1;
  std::size_t const length =
      resumed ? SSL_get_finished(ssl, out.data(), out.size()) : SSL_get_peer_finished(ssl, out.data(), out.size());
  if (length == 0 || length > out.size()) return std::nullopt;
  return std::string(out.data(), length);
}

// RFC 5929 section 4.1: by the hash of the certificate's signature, or SHA-256 in place of MD5 and SHA-1. A signature
// without a hash of its own (Ed25519) has no such binding.
std::optional<std::string> end_point(X509* certificate) {
  int digest = NID_undef;
  if (X509_get_signature_info(certificate, &digest, nullptr, nullptr, nullptr) != 1 || digest == NID_undef)
    return std::nullopt;
  EVP_MD const* const md = digest == NID_md5 || digest == NID_sha1 ? EVP_sha256() : EVP_get_digestbynid(digest);
  std::array<unsigned char, EVP_MAX_MD_SIZE> out;
  unsigned length = 0;
  if (md == nullptr || X509_digest(certificate, md, out.data(), &length) != 1) return std::nullopt;
  return std::string(out.begin(), out.begin() + length);
}

}  // namespace

ChannelBindings channel_bindings_of(ssl_st* ssl) {
  ChannelBindings all;
  auto add = [&](std::string_view type, std::optional<std::string> data) {
    if (data) all.push_back({type, *std::move(data)});
  };
  add("tls-exporter", exporter(ssl));
  add("tls-unique", unique(ssl));
  // A resumed session does not tell which of the certificates the client once saw. This moves a mark of this connection
  // alone, which nothing reads after the handshake.
  for (long which = SSL_CERT_SET_FIRST; SSL_set_current_cert(ssl, which) == 1; which = SSL_CERT_SET_NEXT)
    if (X509* const certificate = SSL_get_certificate(ssl)) add("tls-server-end-point", end_point(certificate));
  return all;
}

}  // namespace yubin::tls
