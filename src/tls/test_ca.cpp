#include "tls/test_ca.h"

#include <fmt/format.h>
#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include <algorithm>

#include "base/ip_address.h"
#include "base/text.h"
#include "tls/openssl.h"

namespace yubin::tls {
namespace {

using namespace std::chrono_literals;

std::unexpected<Error> openssl_failed(std::string_view step) {
  return fail(Errc::internal, fmt::format("cannot make a test certificate: {}: {}", step, last_error()));
}

std::time_t seconds(WallTime time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

// A version 3 certificate for `key` with a random serial number (RFC 5280 section 4.1.2.2), not yet signed.
Result<Certificate> begin(EVP_PKEY* key, std::string_view common_name, WallTime from, WallTime until) {
  Certificate certificate(X509_new());
  std::uint64_t serial = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial);
  X509* x = certificate.get();
  X509_NAME* subject = X509_get_subject_name(x);
  bool const done = x != nullptr && X509_set_version(x, X509_VERSION_3) == 1 &&
                    ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), serial >> 1 | 1) == 1 &&
                    ASN1_TIME_set(X509_getm_notBefore(x), seconds(from)) != nullptr &&
                    ASN1_TIME_set(X509_getm_notAfter(x), seconds(until)) != nullptr && X509_set_pubkey(x, key) == 1 &&
                    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                               reinterpret_cast<unsigned char const*>(common_name.data()),
                                               static_cast<int>(common_name.size()), -1, 0) == 1;
  if (!done) return openssl_failed("its fields");
  return certificate;
}

Result<> add_extension(X509* certificate, X509* issuer, int nid, std::string const& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  Extension const extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  if (!extension || X509_add_ext(certificate, extension.get(), -1) != 1) return openssl_failed(value);
  return {};
}

Result<Identity> sign(Certificate certificate, EVP_PKEY* key, EVP_PKEY* issuer_key) {
  if (X509_sign(certificate.get(), issuer_key, EVP_sha256()) == 0) return openssl_failed("signing");
  Bio chain(BIO_new(BIO_s_mem()));
  Bio secret(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_X509(chain.get(), certificate.get()) != 1 ||
      PEM_write_bio_PrivateKey(secret.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1)
    return openssl_failed("writing PEM");
  Identity identity;
  identity.chain_pem = written(chain.get());
  identity.key_pem = written(secret.get());
  return identity;
}

Result<std::string> alternative_names(std::span<std::string const> names) {
  auto allowed = [](char c) { return is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '*' || c == '_'; };
  std::string list;
  for (std::string const& name : names) {
    bool const address = IpAddress::parse(name).has_value();
    // The list is OpenSSL's small language: a comma or colon in a name would be read as more than a name.
    if (!address && (name.empty() || !std::ranges::all_of(name, allowed)))
      return fail(Errc::syntax, "neither a host name nor an IP address: " + yubin::quoted(name));
    list += fmt::format("{}{}:{}", list.empty() ? "" : ",", address ? "IP" : "DNS", name);
  }
  if (list.empty()) return fail(Errc::syntax, "a certificate needs at least one name");
  return list;
}

Result<Certificate> begin_authority(EVP_PKEY* key, std::string_view common_name, WallTime now) {
  TRY(Certificate ca, begin(key, common_name, now - 24h, now + std::chrono::days(3650)));
  TRY_VOID(add_extension(ca.get(), ca.get(), NID_basic_constraints, "critical,CA:TRUE"));
  TRY_VOID(add_extension(ca.get(), ca.get(), NID_key_usage, "critical,keyCertSign,cRLSign"));
  TRY_VOID(add_extension(ca.get(), ca.get(), NID_subject_key_identifier, "hash"));
  return ca;
}

struct Authority {
  Certificate certificate;
  Key key;
};

Result<Authority> read_authority(Identity const& ca) {
  Bio const chain = reading(ca.chain_pem);
  Bio const secret = reading(ca.key_pem);
  Authority authority{Certificate(PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr)),
                      Key(PEM_read_bio_PrivateKey(secret.get(), nullptr, nullptr, nullptr))};
  if (!authority.certificate || !authority.key) return openssl_failed("reading the authority");
  return authority;
}

}  // namespace

Result<Identity> make_test_ca(std::string_view common_name, WallTime now) {
  ERR_clear_error();
  Key const key(EVP_EC_gen("P-256"));
  if (!key) return openssl_failed("its key");
  TRY(Certificate ca, begin_authority(key.get(), common_name, now));
  X509_set_issuer_name(ca.get(), X509_get_subject_name(ca.get()));
  return sign(std::move(ca), key.get(), key.get());
}

Result<Identity> issue_test_intermediate(Identity const& ca, std::string_view common_name, WallTime now) {
  ERR_clear_error();
  TRY(Authority const issuer, read_authority(ca));
  Key const key(EVP_EC_gen("P-256"));
  if (!key) return openssl_failed("its key");
  TRY(Certificate intermediate, begin_authority(key.get(), common_name, now));
  X509_set_issuer_name(intermediate.get(), X509_get_subject_name(issuer.certificate.get()));
  TRY_VOID(add_extension(intermediate.get(), issuer.certificate.get(), NID_authority_key_identifier, "keyid"));
  TRY(Identity identity, sign(std::move(intermediate), key.get(), issuer.key.get()));
  identity.chain_pem += ca.chain_pem;
  return identity;
}

Result<Identity> issue_test_certificate(Identity const& ca, std::span<std::string const> names, WallTime now,
                                        WallTime expires, TestKey key_kind) {
  ERR_clear_error();
  TRY(std::string const list, alternative_names(names));
  TRY(Authority const authority, read_authority(ca));
  X509* const issuer = authority.certificate.get();
  Key const key(key_kind == TestKey::ecdsa ? EVP_EC_gen("P-256") : EVP_RSA_gen(2048));
  if (!key) return openssl_failed("its key");
  TRY(Certificate leaf, begin(key.get(), names.front(), now - 24h, expires));
  X509_set_issuer_name(leaf.get(), X509_get_subject_name(issuer));
  TRY_VOID(add_extension(leaf.get(), issuer, NID_basic_constraints, "critical,CA:FALSE"));
  TRY_VOID(add_extension(
      leaf.get(), issuer, NID_key_usage,
      key_kind == TestKey::ecdsa ? "critical,digitalSignature" : "critical,digitalSignature,keyEncipherment"));
  TRY_VOID(add_extension(leaf.get(), issuer, NID_ext_key_usage, "serverAuth"));
  TRY_VOID(add_extension(leaf.get(), issuer, NID_subject_key_identifier, "hash"));
  TRY_VOID(add_extension(leaf.get(), issuer, NID_authority_key_identifier, "keyid"));
  TRY_VOID(add_extension(leaf.get(), issuer, NID_subject_alt_name, list));
  TRY(Identity identity, sign(std::move(leaf), key.get(), authority.key.get()));
  identity.chain_pem += ca.chain_pem;
  return identity;
}

}  // namespace yubin::tls
