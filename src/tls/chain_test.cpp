#include "tls/chain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>

#include <algorithm>

#include "tls/tls_kit.h"

namespace yubin::tls {
namespace {

using namespace kit;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

// The PEM blocks of a text, one by one.
std::vector<std::string> blocks(std::string_view pem) {
  std::vector<std::string> all;
  for (std::size_t begin = pem.find("-----BEGIN"); begin != pem.npos; begin = pem.find("-----BEGIN", begin + 1)) {
    std::size_t const end = pem.find('\n', pem.find("-----END", begin));
    all.emplace_back(pem.substr(begin, end - begin + 1));
  }
  return all;
}

Identity const& intermediate() {
  static Identity const made = issue_test_intermediate(ca(), "Yubin test intermediate", kNow).value();
  return made;
}

// Certificate, intermediate, root.
Identity const& whole() {
  static Identity const made = [] {
    Identity identity = issue_test_certificate(intermediate(), kNames, kNow, kNow + 24h).value();
    identity.chain_name = "mx.pem";
    identity.key_name = "mx.key";
    return identity;
  }();
  return made;
}

Roots no_roots() {
  return Roots(X509_STORE_new());
}

Roots test_root() {
  Roots roots = no_roots();
  Bio const pem = reading(ca().chain_pem);
  Certificate const root(PEM_read_bio_X509(pem.get(), nullptr, nullptr, nullptr));
  X509_STORE_add_cert(roots.get(), root.get());
  return roots;
}

std::vector<std::string> subjects(Chain const& chain) {
  std::vector<std::string> names{name_text(X509_get_subject_name(chain.leaf.get()))};
  for (Certificate const& one : chain.issuers) names.push_back(name_text(X509_get_subject_name(one.get())));
  return names;
}

std::string error_of(Identity const& identity, Roots const& roots = no_roots()) {
  Result<Chain> chain = make_chain(identity, roots.get());
  return chain ? "none" : chain.error().detail;
}

TEST(Chain, any_order_becomes_the_order_of_the_handshake) {
  std::vector<std::string> parts = blocks(whole().chain_pem);
  ASSERT_EQ(parts.size(), 3u);
  parts.push_back(whole().key_pem);
  std::string const somebody_else = blocks(leaf().chain_pem).front();
  std::ranges::sort(parts);
  do {
    Identity shuffled;
    shuffled.chain_pem = somebody_else;
    for (std::string const& part : parts) shuffled.chain_pem += "a remark\n" + part;
    shuffled.key_pem = shuffled.chain_pem;
    Chain const chain = make_chain(shuffled, no_roots().get()).value();
    ASSERT_THAT(subjects(chain), ElementsAre("CN=localhost", "CN=Yubin test intermediate", "CN=Yubin test CA"));
    ASSERT_EQ(chain.unknown_root, "");
  } while (std::ranges::next_permutation(parts).found);
}

TEST(Chain, a_certificate_alone_is_refused_with_the_name_of_who_is_missing) {
  Identity alone = whole();
  alone.chain_pem = blocks(whole().chain_pem).front();
  EXPECT_EQ(error_of(alone, test_root()),
            "mx.pem holds a certificate without its issuer, so clients would refuse it: append the certificate of "
            "\"CN=Yubin test intermediate\"");
}

TEST(Chain, whose_root_the_machine_trusts_needs_no_root_in_the_file) {
  Identity without_root = whole();
  std::vector<std::string> const parts = blocks(whole().chain_pem);
  without_root.chain_pem = parts[0] + parts[1];
  EXPECT_EQ(make_chain(without_root, test_root().get()).value().unknown_root, "");
  // Its clients may know it all the same.
  EXPECT_EQ(make_chain(without_root, no_roots().get()).value().unknown_root, "CN=Yubin test CA");

  Identity issued_by_root = leaf();
  issued_by_root.chain_pem = blocks(issued_by_root.chain_pem).front();
  EXPECT_EQ(error_of(issued_by_root, test_root()), "none");
}

TEST(Chain, with_a_gap_ends_at_the_gap) {
  Identity gap = whole();
  std::vector<std::string> const parts = blocks(whole().chain_pem);
  gap.chain_pem = parts[0] + parts[2];
  EXPECT_THAT(error_of(gap, test_root()), HasSubstr("append the certificate of \"CN=Yubin test intermediate\""));
}

TEST(Chain, errors_say_which_file_and_what_to_do) {
  Identity no_key = whole();
  no_key.key_pem = "";
  EXPECT_EQ(error_of(no_key), "mx.key holds no private key in PEM; give the key that belongs to mx.pem");

  Identity no_certificate = whole();
  no_certificate.chain_pem = whole().key_pem;
  EXPECT_EQ(error_of(no_certificate), "mx.pem holds no certificate in PEM; give the certificate and its intermediates");

  Identity swapped = whole();
  swapped.key_pem = leaf().key_pem;
  EXPECT_EQ(error_of(swapped),
            "the key in mx.key does not belong to the certificate in mx.pem; give the key that the certificate was "
            "requested with");

  Identity damaged = whole();
  damaged.key_pem.replace(damaged.key_pem.find('\n') + 1, 8, "AAAAAAAA");
  EXPECT_THAT(error_of(damaged), HasSubstr("mx.key holds a private key that cannot be read"));
  damaged = whole();
  damaged.chain_pem.resize(damaged.chain_pem.size() - 40);
  EXPECT_THAT(error_of(damaged), HasSubstr("mx.pem holds a block that cannot be read"));

  Identity locked = whole();
  Bio const key = reading(whole().key_pem);
  Key const open(PEM_read_bio_PrivateKey(key.get(), nullptr, nullptr, nullptr));
  for (bool const old_form : {false, true}) {
    Bio const out(BIO_new(BIO_s_mem()));
    auto const* pass = reinterpret_cast<unsigned char const*>("secret");
    if (old_form)
      PEM_write_bio_PrivateKey_traditional(out.get(), open.get(), EVP_aes_128_cbc(), pass, 6, nullptr, nullptr);
    else
      PEM_write_bio_PrivateKey(out.get(), open.get(), EVP_aes_128_cbc(), pass, 6, nullptr, nullptr);
    locked.key_pem = written(out.get());
    EXPECT_THAT(error_of(locked), HasSubstr("the private key in mx.key is under a passphrase")) << locked.key_pem;
  }
}

TEST(Chain, too_many_certificates_are_refused) {
  Identity many = whole();
  std::string const one = blocks(whole().chain_pem).back();
  for (int i = 0; i < 64; ++i) many.chain_pem += one;
  EXPECT_THAT(error_of(many), HasSubstr("mx.pem holds more than 64 certificates"));
}

}  // namespace
}  // namespace yubin::tls
