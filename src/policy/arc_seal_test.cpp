#include "policy/arc_seal.h"

#include <gtest/gtest.h>

#include "policy/arc_check.h"
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

TEST(ArcSeal, the_signature_covers_no_field_of_arc) {
  std::string const sealed = pass_on(pass_on(kMessage));
  std::size_t const at = sealed.find("ARC-Message-Signature");
  std::string const field = sealed.substr(at, sealed.find("bh=", at) - at);
  EXPECT_EQ(field.find("arc-"), std::string::npos);
  EXPECT_NE(field.find("dkim-signature"), std::string::npos);
}

}  // namespace
}  // namespace yubin::policy
