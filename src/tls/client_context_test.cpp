// What we demand of other servers' certificates. Both ends of each connection are in memory.
#include "tls/client_context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <fstream>

#include "tests/kit/temp_directory.h"
#include "tls/tls_kit.h"

namespace yubin::tls {
namespace {

using namespace kit;
using testing::HasSubstr;
using By = Wanted::By;
using Verdict = PeerCheck::Verdict;

constexpr char kName[] = "mx.example.test";

std::string digest(EVP_MD const* kind, std::string const& bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned length = 0;
  EVP_Digest(bytes.data(), bytes.size(), out.data(), &length, kind, nullptr);
  return {reinterpret_cast<char const*>(out.data()), length};
}

std::string der(std::string const& pem, bool key_only) {
  Bio const in = reading(pem);
  Certificate const certificate(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
  unsigned char* data = nullptr;
  int const size =
      key_only ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate.get()), &data) : i2d_X509(certificate.get(), &data);
  std::string out(reinterpret_cast<char const*>(data), static_cast<std::size_t>(size));
  OPENSSL_free(data);
  return out;
}

TlsaRecord record(std::uint8_t usage, Identity const& of, std::uint8_t selector = 1, std::uint8_t matching = 1) {
  std::string data = der(of.chain_pem, selector == 1);
  if (matching == 1) data = digest(EVP_sha256(), data);
  if (matching == 2) data = digest(EVP_sha512(), data);
  return {usage, selector, matching, data};
}

Identity issued(std::vector<std::string> const& names, WallTime expires = kNow + std::chrono::days(30)) {
  return issue_test_certificate(ca(), names, kNow, expires).value();
}

// With the test's authority behind the certificate, as DANE-TA needs it (RFC 7672 section 3.1.2).
Identity with_root(Identity identity) {
  if (!identity.chain_pem.contains(ca().chain_pem)) identity.chain_pem += ca().chain_pem;
  return identity;
}

class Clients : public testing::Test {
 protected:
  Clients() { std::ofstream(file_) << ca().chain_pem; }

  std::shared_ptr<tls::ClientContext const> context() const {
    return tls::ClientContext::make(tls::ClientContext::Verify::nothing, file_).value();
  }

  // "good 3 1 1", or why not.
  std::string meet(Wanted wanted, Identity const& server_identity) const {
    auto const server = make(server_identity);
    auto const client = context()->wanting(std::move(wanted));
    Pair pair(*server, client->new_connection(kName));
    bool const done = pair.handshake();
    std::string const why = done ? "" : handshake_failure(pair.client.get());
    PeerCheck const check = facts_of(pair.client.get()).peer;
    constexpr std::string_view kVerdicts[] = {"not seen", "good", "expired", "wrong name", "untrusted", "no match"};
    std::string out = done ? "" : "refused: ";
    if (!done) EXPECT_THAT(why, HasSubstr("the certificate is not accepted: "));
    out += kVerdicts[static_cast<std::size_t>(check.verdict)];
    return out + (check.tlsa.empty() ? "" : " " + check.tlsa);
  }

  ::yubin::kit::TempDirectory directory_;
  std::filesystem::path const file_ = directory_.path() / "ca.pem";
};

TEST_F(Clients, that_want_nobody_take_any_certificate_and_say_what_it_is_worth) {
  EXPECT_EQ(meet({}, issued({kName})), "good");
  EXPECT_EQ(meet({}, issued({"other.test"})), "wrong name");
  EXPECT_EQ(meet({}, issued({kName}, kNow - std::chrono::hours(1))), "expired");
  Identity const stranger = make_test_ca("Stranger", kNow).value();
  std::array<std::string, 1> const names{kName};
  EXPECT_EQ(meet({}, issue_test_certificate(stranger, names, kNow, kNow + std::chrono::days(1)).value()), "untrusted");
}

TEST_F(Clients, that_want_an_authority_refuse_what_it_does_not_vouch_for) {
  Wanted const wanted{.by = By::authorities};
  EXPECT_EQ(meet(wanted, issued({kName})), "good");
  EXPECT_EQ(meet(wanted, issued({"*.example.test"})), "good");
  EXPECT_EQ(meet(wanted, issued({"other.test"})), "refused: wrong name");
  EXPECT_EQ(meet(wanted, issued({kName}, kNow - std::chrono::hours(1))), "refused: expired");
  EXPECT_EQ(meet({.by = By::authorities, .names = {"a.test", "b.test"}}, issued({"b.test"})), "good");
  Identity const stranger = make_test_ca("Stranger", kNow).value();
  std::array<std::string, 1> const names{kName};
  EXPECT_EQ(meet(wanted, issue_test_certificate(stranger, names, kNow, kNow + std::chrono::days(1)).value()),
            "refused: untrusted");
}

// RFC 7672 section 3.1.1
TEST_F(Clients, by_dane_ee_look_at_the_key_and_not_at_name_or_date) {
  Identity const server = issued({"other.test"}, kNow - std::chrono::hours(1));
  for (std::uint8_t const selector : std::array<std::uint8_t, 2>{0, 1})
    for (std::uint8_t const matching : std::array<std::uint8_t, 3>{0, 1, 2}) {
      std::string const expected = "good 3 " + std::to_string(selector) + " " + std::to_string(matching);
      Wanted const wanted{.by = By::dane, .names = {kName}, .records = {record(3, server, selector, matching)}};
      EXPECT_EQ(meet(wanted, server), expected);
    }
  Wanted const other{.by = By::dane, .names = {kName}, .records = {record(3, issued({kName}))}};
  EXPECT_EQ(meet(other, issued({kName})), "refused: no match");
  // While a key is rolled over there are records of both.
  Wanted const both{.by = By::dane, .names = {kName}, .records = {record(3, issued({kName})), record(3, server)}};
  EXPECT_EQ(meet(both, server), "good 3 1 1");
}

// RFC 7672 section 3.1.2
TEST_F(Clients, by_dane_ta_look_at_the_name_and_at_the_date) {
  Wanted const wanted{.by = By::dane, .names = {kName, "example.test"}, .records = {record(2, ca())}};
  EXPECT_EQ(meet(wanted, with_root(issued({kName}))), "good 2 1 1");
  EXPECT_EQ(meet(wanted, with_root(issued({"example.test"}))), "good 2 1 1");
  EXPECT_EQ(meet(wanted, with_root(issued({"other.test"}))), "refused: wrong name");
  EXPECT_EQ(meet(wanted, with_root(issued({kName}, kNow - std::chrono::hours(1)))), "refused: expired");
  // That the machine trusts an authority counts for nothing here.
  Wanted const stranger{
      .by = By::dane, .names = {kName}, .records = {record(2, make_test_ca("Stranger", kNow).value())}};
  EXPECT_EQ(meet(stranger, with_root(issued({kName}))).substr(0, 8), "refused:");
}

TEST(TlsaRecords, of_which_we_can_make_nothing_are_unusable) {
  Identity const server = issued({kName});
  TlsaRecord const good = record(3, server);
  EXPECT_EQ(usable_records(std::array{good, record(0, server), record(1, server)}), std::vector{good});
  for (TlsaRecord const& bad :
       {TlsaRecord{3, 1, 1, "short"}, TlsaRecord{3, 2, 1, good.data}, TlsaRecord{3, 1, 9, good.data},
        TlsaRecord{2, 0, 0, "no certificate"}, TlsaRecord{255, 1, 1, good.data}, TlsaRecord{3, 1, 0, ""}})
    EXPECT_TRUE(usable_records(std::array{bad}).empty());
}

TEST_F(Clients, refuse_to_begin_without_their_file_of_authorities) {
  auto const made = tls::ClientContext::make(tls::ClientContext::Verify::chain, directory_.path() / "none.pem");
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().detail, HasSubstr("none.pem"));
}

}  // namespace
}  // namespace yubin::tls
