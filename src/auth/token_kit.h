// For the tests of tokens: who signs them.
#pragma once

#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>

#include <array>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "auth/json_web_signature.h"

namespace yubin::auth::kit {

class Signer {
 public:
  // "RS256", "ES256" or "EdDSA"
  Signer(std::string algorithm, std::string id)
      : algorithm_(std::move(algorithm)), id_(std::move(id)), key_(make(algorithm_), &EVP_PKEY_free) {}

  std::string sign(std::string_view payload) const { return sign_as(id_, payload); }
  std::string sign_as(std::string_view id, std::string_view payload) const {
    std::string const kid = id.empty() ? "" : fmt::format(R"(,"kid":"{}")", id);
    return sign_with_header(fmt::format(R"({{"alg":"{}"{}}})", algorithm_, kid), payload);
  }
  std::string sign_with_header(std::string_view header, std::string_view payload) const {
    std::string const text = to_base64url(header) + "." + to_base64url(payload);
    return text + "." + to_base64url(signature(text));
  }

  // As a member of a JWK set.
  std::string public_key() const {
    if (algorithm_ == "RS256")
      return fmt::format(R"({{"kty":"RSA","kid":"{}","n":"{}","e":"{}"}})", id_, number(OSSL_PKEY_PARAM_RSA_N),
                         number(OSSL_PKEY_PARAM_RSA_E));
    if (algorithm_ == "ES256")
      return fmt::format(R"({{"kty":"EC","crv":"P-256","kid":"{}","x":"{}","y":"{}"}})", id_,
                         number(OSSL_PKEY_PARAM_EC_PUB_X, 32), number(OSSL_PKEY_PARAM_EC_PUB_Y, 32));
    std::array<unsigned char, 32> raw;
    std::size_t size = raw.size();
    EVP_PKEY_get_raw_public_key(key_.get(), raw.data(), &size);
    return fmt::format(R"({{"kty":"OKP","crv":"Ed25519","kid":"{}","x":"{}"}})", id_,
                       to_base64url({reinterpret_cast<char const*>(raw.data()), size}));
  }

 private:
  static EVP_PKEY* make(std::string_view algorithm) {
    if (algorithm == "RS256") return EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048});
    if (algorithm == "ES256") return EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
    return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  }

  std::string number(char const* name, int width = 0) const {
    BIGNUM* value = nullptr;
    EVP_PKEY_get_bn_param(key_.get(), name, &value);
    return big_endian(value, width, true);
  }

  static std::string big_endian(BIGNUM* value, int width, bool encoded) {
    std::string bytes(static_cast<std::size_t>(width != 0 ? width : BN_num_bytes(value)), '\0');
    BN_bn2binpad(value, reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    BN_free(value);
    return encoded ? to_base64url(bytes) : bytes;
  }

  std::string signature(std::string const& text) const {
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> const context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    EVP_DigestSignInit(context.get(), nullptr, algorithm_ == "EdDSA" ? nullptr : EVP_sha256(), nullptr, key_.get());
    std::array<unsigned char, 512> out;
    std::size_t size = out.size();
    EVP_DigestSign(context.get(), out.data(), &size, reinterpret_cast<unsigned char const*>(text.data()), text.size());
    if (algorithm_ != "ES256") return {reinterpret_cast<char const*>(out.data()), size};
    unsigned char const* der = out.data();
    std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> const pair(
        d2i_ECDSA_SIG(nullptr, &der, static_cast<long>(size)), &ECDSA_SIG_free);
    return big_endian(BN_dup(ECDSA_SIG_get0_r(pair.get())), 32, false) +
           big_endian(BN_dup(ECDSA_SIG_get0_s(pair.get())), 32, false);
  }

  std::string algorithm_;
  std::string id_;
  std::shared_ptr<EVP_PKEY> key_;
};

inline std::string set_of(std::initializer_list<Signer> signers) {
  std::string keys;
  for (Signer const& signer : signers) keys += (keys.empty() ? "" : ",") + signer.public_key();
  return R"({"keys":[)" + keys + "]}";
}

}  // namespace yubin::auth::kit
