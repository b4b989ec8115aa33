#include "tls/chain.h"

#include <fmt/format.h>
#include <openssl/err.h>

#include <algorithm>
#include <optional>

#include "tls/pem.h"

namespace yubin::tls {
namespace {

bool is_self_signed(X509* certificate) {
  return (X509_get_extension_flags(certificate) & EXFLAG_SS) != 0;
}

bool issued(X509* issuer, X509* subject) {
  return X509_check_issued(issuer, subject) == X509_V_OK && X509_verify(subject, X509_get0_pubkey(issuer)) == 1;
}

bool knows_issuer(X509_STORE* roots, X509* certificate) {
  std::unique_ptr<X509_STORE_CTX, Freed<&X509_STORE_CTX_free>> const look_up(X509_STORE_CTX_new());
  if (!look_up || X509_STORE_CTX_init(look_up.get(), roots, certificate, nullptr) != 1) return false;
  X509* issuer = nullptr;
  bool const found = X509_STORE_CTX_get1_issuer(&issuer, look_up.get(), certificate) == 1;
  X509_free(issuer);
  return found;
}

// RFC 5280 section 4.2.2.1: where the issuer's certificate is to be had; empty if it does not say.
std::string where_to_get_issuer(X509* certificate) {
  std::unique_ptr<AUTHORITY_INFO_ACCESS, Freed<&AUTHORITY_INFO_ACCESS_free>> const access(
      static_cast<AUTHORITY_INFO_ACCESS*>(X509_get_ext_d2i(certificate, NID_info_access, nullptr, nullptr)));
  for (int i = 0; access && i < sk_ACCESS_DESCRIPTION_num(access.get()); ++i) {
    ACCESS_DESCRIPTION const* one = sk_ACCESS_DESCRIPTION_value(access.get(), i);
    if (OBJ_obj2nid(one->method) != NID_ad_ca_issuers || one->location->type != GEN_URI) continue;
    ASN1_IA5STRING const* uri = one->location->d.uniformResourceIdentifier;
    return {reinterpret_cast<char const*>(ASN1_STRING_get0_data(uri)),
            static_cast<std::size_t>(ASN1_STRING_length(uri))};
  }
  return {};
}

Result<Key> find_key(Identity const& identity, PemContents& chain, PemContents& key) {
  for (PemContents* contents : {&key, &chain})
    if (!contents->keys.empty()) return std::move(contents->keys.front());
  if (key.locked_key || chain.locked_key)
    return fail(Errc::syntax, fmt::format("the private key in {} is under a passphrase; the server starts unattended, "
                                          "so write it without one (openssl pkey -in {} -out ...)",
                                          identity.key_name, identity.key_name));
  return fail(Errc::syntax, fmt::format("{} holds no private key in PEM; give the key that belongs to {}",
                                        identity.key_name, identity.chain_name));
}

Result<Certificate> take_leaf(Identity const& identity, EVP_PKEY* key, std::vector<Certificate>& certificates) {
  auto const own = std::ranges::find_if(
      certificates, [&](Certificate const& one) { return X509_check_private_key(one.get(), key) == 1; });
  ERR_clear_error();
  if (own == certificates.end())
    return fail(Errc::conflict, fmt::format("the key in {} does not belong to the certificate in {}; give the key that "
                                            "the certificate was requested with",
                                            identity.key_name, identity.chain_name));
  Certificate leaf = std::move(*own);
  certificates.erase(own);
  return leaf;
}

void take_issuers(Chain& chain, std::vector<Certificate>& certificates) {
  for (X509* last = chain.leaf.get(); !is_self_signed(last); last = chain.issuers.back().get()) {
    auto const issuer =
        std::ranges::find_if(certificates, [&](Certificate const& one) { return issued(one.get(), last); });
    if (issuer == certificates.end()) break;
    chain.issuers.push_back(std::move(*issuer));
    certificates.erase(issuer);
  }
  ERR_clear_error();
}

std::unexpected<Error> incomplete(Identity const& identity, X509* leaf, std::string_view issuer) {
  std::string const url = where_to_get_issuer(leaf);
  std::string const where = url.empty() ? "" : fmt::format(" (the issuer offers it at {})", url);
  return fail(Errc::conflict,
              fmt::format("{} holds a certificate without its issuer, so clients would refuse it: append the "
                          "certificate of \"{}\"{}",
                          identity.chain_name, issuer, where));
}

}  // namespace

Roots roots_of_machine() {
  Roots roots(X509_STORE_new());
  if (roots) X509_STORE_set_default_paths(roots.get());
  ERR_clear_error();  // a machine without any is no error here
  return roots;
}

Result<Chain> make_chain(Identity const& identity, X509_STORE* roots) {
  TRY(PemContents chain_file, read_pem(identity.chain_pem, identity.chain_name));
  TRY(PemContents key_file, read_pem(identity.key_pem, identity.key_name));
  std::vector<Certificate> certificates = std::move(chain_file.certificates);
  std::ranges::move(key_file.certificates, std::back_inserter(certificates));

  Chain chain;
  if (certificates.empty())
    return fail(Errc::syntax, fmt::format("{} holds no certificate in PEM; give the certificate and its intermediates",
                                          identity.chain_name));
  TRY(chain.key, find_key(identity, chain_file, key_file));
  TRY(chain.leaf, take_leaf(identity, chain.key.get(), certificates));
  take_issuers(chain, certificates);

  X509* const last = chain.issuers.empty() ? chain.leaf.get() : chain.issuers.back().get();
  if (is_self_signed(last) || knows_issuer(roots, last)) return chain;
  std::string const issuer = name_text(X509_get_issuer_name(last));
  if (chain.issuers.empty()) return incomplete(identity, chain.leaf.get(), issuer);
  chain.unknown_root = issuer;
  return chain;
}

}  // namespace yubin::tls
