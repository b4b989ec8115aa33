#include "policy/arc_seal.h"

#include <gtest/gtest.h>

#include "policy/arc_check.h"
#include "policy/canonical.h"
#include "policy/public_key.h"
#include "policy/run_check.h"

namespace yubin::policy {
namespace {

PrivateKey const& key_of(KeyType type) {
  static PrivateKey const rsa = PrivateKey::make(KeyType::rsa).value();
  static PrivateKey const ed = PrivateKey::make(KeyType::ed25519).value();
  return type == KeyType::rsa ? rsa : ed;
}

AnswerTable published() {
  AnswerTable table;
  for (KeyType const type : {KeyType::rsa, KeyType::ed25519}) {
    std::string const name = std::string(type == KeyType::rsa ? "rsa" : "ed") + "._domainkey.one.test";
    table.add(name, Txt{key_record(type, key_of(type).public_bytes())});
  }
  return table;
}

ArcOutcome verify(std::string const& text) {
  auto message = std::make_shared<MessageReader>();
  message->feed(text);
  message->finish();
  ArcCheck check(message);
  EXPECT_TRUE(run_check(check, published()));
  return check.outcome();
}

// As a server that passes it on: looks, then seals.
std::string pass_on(std::string const& text, KeyType type = KeyType::rsa) {
  MessageReader reader;
  reader.want(kSignedBody);
  reader.feed(text);
  reader.finish();
  SealRequest const request{.signer = {.domain = "one.test", .selector = type == KeyType::rsa ? "rsa" : "ed"},
                            .key = key_of(type),
                            .status = verify(text).status,
                            .results = "mx.one.test;\r\n\tspf=pass smtp.mailfrom=a@two.test;\r\n\tdkim=none",
                            .time = 1700000000};
  return seal_message(reader, request).value() + text;
}

std::string const kMessage =
    "DKIM-Signature: v=1; a=x; d=two.test; b=x\r\nFrom: a@two.test\r\nTo: b@one.test\r\nSubject: hello\r\n\r\nHello "
    "\r\n\r\n";

// RFC 8617 section 5.1
TEST(ArcSeal, each_hop_seals_what_the_one_before_it_sealed) {
  std::string text = kMessage;
  for (std::size_t hop = 1; hop <= 4; ++hop) {
    text = pass_on(text, hop % 2 == 0 ? KeyType::ed25519 : KeyType::rsa);
    ArcOutcome const outcome = verify(text);
    EXPECT_EQ(outcome.status, ChainStatus::pass) << outcome.detail;
    EXPECT_EQ(outcome.domains.size(), hop);
  }
}

TEST(ArcSeal, what_is_changed_after_it_breaks_it) {
  std::string const text = pass_on(kMessage);
  for (auto const& [from, to] :
       {std::pair("Hello \r\n", "Hallo \r\n"), std::pair("Subject: hello", "Subject: x"),
        std::pair("spf=pass", "spf=fail"), std::pair("cv=none", "cv=pass"), std::pair("b=x\r\n", "b=y\r\n"),
        std::pair("i=1; a=rsa-sha256; t=17", "i=1; a=rsa-sha256; t=16")}) {
    std::string changed = text;
    changed.replace(changed.find(from), std::string_view(from).size(), to);
    EXPECT_EQ(verify(changed).status, ChainStatus::fail) << from;
  }
}

// Section 5.1.2: a list changes the message; who seals after it says that the chain is broken, and nobody goes on.
TEST(ArcSeal, a_broken_chain_is_sealed_once_and_no_more) {
  std::string text = pass_on(kMessage);
  text.replace(text.find("Hello \r\n"), 8, "Hello from a list\r\n");
  EXPECT_EQ(verify(text).status, ChainStatus::fail);
  std::string const sealed = pass_on(text);
  EXPECT_NE(sealed.find("ARC-Seal: i=2; a=rsa-sha256; t=1700000000; cv=fail;"), std::string::npos);
  EXPECT_EQ(verify(sealed).status, ChainStatus::fail);
  EXPECT_EQ(pass_on(sealed), sealed);
}

TEST(ArcSeal, a_chain_that_cannot_be_read_gets_nothing) {
  std::string const text = "ARC-Seal: i=1; cv=none\r\n" + kMessage;
  EXPECT_EQ(pass_on(text), text);
}

// Section 5.1.2: the seal of who finds the chain broken covers its own set, as if it were the only one.
TEST(ArcSeal, the_seal_of_a_broken_chain_covers_its_own_set_alone) {
  std::string text = pass_on(kMessage);
  text.replace(text.find("Hello \r\n"), 8, "Hello from a list\r\n");
  mime::HeaderSection const header = mime::HeaderSection::parse(pass_on(text));
  ASSERT_EQ(header[0].name, "ARC-Seal");
  ASSERT_EQ(header[2].name, "ARC-Authentication-Results");
  std::string const seal = canonical_field(Canonicalization::relaxed, without_signature(header[0].raw));
  Digest digest(Hash::sha256);
  for (std::size_t const own : {std::size_t{2}, std::size_t{1}})
    digest.update(canonical_field(Canonicalization::relaxed, header[own].raw));
  digest.update(std::string_view(seal).substr(0, seal.size() - 2));
  std::string const signature = *decode_base64_tag(*TagList::parse(header[0].raw_value).value().find("b"));
  Result<PublicKey> const key = PublicKey::parse(KeyType::rsa, key_of(KeyType::rsa).public_bytes());
  ASSERT_TRUE(key);
  EXPECT_TRUE(key->verify(Hash::sha256, digest.finish(), signature));
}

// Section 4.2.1
TEST(ArcSeal, fifty_sets_are_not_followed_by_another) {
  std::string text = kMessage;
  for (int i = 1; i <= 50; ++i) {
    std::string const instance = std::to_string(i);
    text =
        "ARC-Seal: i=" + instance + "; a=ed25519-sha256; cv=" + (i == 1 ? "none" : "pass") +
        "; d=one.test; s=ed; b=eA==\r\nARC-Message-Signature: i=" + instance +
        "; a=ed25519-sha256; d=one.test; s=ed; h=from; bh=eA==; b=eA==\r\nARC-Authentication-Results: i=" + instance +
        "; none\r\n" + text;
  }
  EXPECT_EQ(pass_on(text), text);
  EXPECT_NE(pass_on(text.substr(text.find("ARC-Seal: i=49;"))).find("ARC-Seal: i=50;"), std::string::npos);
}

// Section 4.1.2
TEST(ArcSeal, the_signature_covers_no_results) {
  std::string const sealed = pass_on("Authentication-Results: mx.two.test; none\r\n" + kMessage);
  EXPECT_EQ(verify(sealed).status, ChainStatus::pass);
  std::size_t const at = sealed.find("ARC-Message-Signature");
  EXPECT_EQ(sealed.substr(at, sealed.find("bh=", at) - at).find("authentication-results"), std::string::npos);
}

TEST(ArcSeal, the_signature_covers_no_field_of_arc) {
  std::string const sealed = pass_on(pass_on(kMessage));
  std::size_t const at = sealed.find("ARC-Message-Signature");
  std::string const field = sealed.substr(at, sealed.find("bh=", at) - at);
  EXPECT_EQ(field.find("arc-"), std::string::npos);
  EXPECT_NE(field.find("dkim-signature"), std::string::npos);
}

}  // namespace
}  // namespace yubin::policy
