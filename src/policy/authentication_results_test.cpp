#include "policy/authentication_results.h"

#include <gtest/gtest.h>

#include "policy/arc_seal.h"
#include "policy/run_check.h"

namespace yubin::policy {
namespace {

TEST(AuthenticationResults, nothing_was_checked) {
  EXPECT_EQ(authentication_results("mx.example.test", {}), "Authentication-Results: mx.example.test;\r\n\tnone");
}

TEST(AuthenticationResults, each_result_with_its_properties) {
  AnswerTable table;
  table.add("one.test", Txt{"v=spf1 ip6:2001:db8::1 -all"});
  table.add("_dmarc.one.test", Txt{"v=DMARC1; p=reject"});
  IpAddress const client = IpAddress::parse("2001:db8::1").value();
  IprevCheck iprev(client);
  SpfCheck spf({.client = client, .helo = "mx.one.test", .sender = "a@one.test"});
  auto message = std::make_shared<MessageReader>();
  message->feed("From: a@other.test\r\nDKIM-Signature: junk\r\n\r\nbody\r\n");
  message->finish();
  DkimCheck dkim(message, {});
  ArcCheck arc(message);
  for (Check* check : std::initializer_list<Check*>{&iprev, &spf, &dkim, &arc}) ASSERT_TRUE(run_check(*check, table));
  DmarcCheck dmarc(dmarc_request({.domains = {"one.test"}, .problem = {}}, &spf.outcome(), &dkim.outcomes()));
  ASSERT_TRUE(run_check(dmarc, table));
  EXPECT_EQ(authentication_results("mx.example.test", {&iprev, &spf, &dkim, &arc, &dmarc}),
            "Authentication-Results: mx.example.test;\r\n"
            "\tiprev=permerror policy.iprev=\"2001:db8::1\";\r\n"
            "\tspf=pass smtp.mailfrom=one.test;\r\n"
            "\tdmarc=pass header.from=one.test;\r\n"
            "\tarc=none;\r\n"
            "\tdkim=neutral");
}

// RFC 8617 section 5.1.2: who passes on "fail" ends the chain, and the next one may have got the key.
TEST(AuthenticationResults, a_chain_that_cannot_be_checked_now_is_not_said_to_be_broken) {
  PrivateKey const key = PrivateKey::make(KeyType::ed25519).value();
  std::string text = "From: a@one.test\r\n\r\nbody\r\n";
  MessageReader plain;
  plain.want(kSignedBody);
  plain.feed(text);
  plain.finish();
  text = seal_message(plain, {.signer = {"one.test", "s"},
                              .key = key,
                              .status = ChainStatus::none,
                              .results = "mx.one.test; none",
                              .time = 1})
             .value() +
         text;
  auto const sealed = std::make_shared<MessageReader>();
  sealed->feed(text);
  sealed->finish();
  ArcCheck arc(sealed);
  AnswerTable table;
  table.set({"s._domainkey.one.test", RecordType::txt}, {.existence = Existence::temporary, .records = {}});
  ASSERT_TRUE(run_check(arc, table));
  EXPECT_EQ(authentication_results("mx.example.test", {.arc = &arc}),
            "Authentication-Results: mx.example.test;\r\n\tarc=temperror");
}

TEST(AuthenticationResults, what_a_peer_sent_breaks_out_of_nothing) {
  SpfCheck spf({.client = IpAddress::v4({192, 0, 2, 1}), .helo = "x", .sender = "a@b\r\nX: \"y\\ (.test"});
  ASSERT_TRUE(run_check(spf, {}));
  EXPECT_EQ(authentication_results("mx.example.test", {.spf = &spf}),
            "Authentication-Results: mx.example.test;\r\n\tspf=none smtp.mailfrom=\"b??X: \\\"y\\\\ (.test\"");
}

TEST(AuthenticationResults, of_very_many_signatures_some_are_left_out) {
  std::string text = "From: a@one.test\r\n";
  std::string const domain = std::string(60, 'a') + "." + std::string(60, 'b') + "." + std::string(60, 'c') + ".test";
  for (int i = 0; i < 20; ++i)
    text += "DKIM-Signature: v=1; a=rsa-sha256; d=" + domain + "; s=" + std::string(50, 's') +
            "; h=from; bh=AAAA; b=AAAA\r\n";
  auto message = std::make_shared<MessageReader>();
  message->feed(text + "\r\n");
  message->finish();
  DkimCheck dkim(message, {});
  ASSERT_TRUE(run_check(dkim, {}));
  EXPECT_EQ(dkim.outcomes().size(), MessageReader::kMaxSignatures);
  EXPECT_LT(authentication_results("mx.example.test", {.dkim = &dkim}).size(), 3072U);
}

// RFC 8601 section 5
TEST(AuthenticationResults, foreign_ones_that_claim_to_be_ours) {
  for (char const* ours : {" mx.example.test; none", " MX.EXAMPLE.TEST;\r\n\tdkim=pass", " \"mx.example.test\" 1; none",
                           " (hello) mx.example.test (there) ; none", "mx.example.test", " ; mx.example.test"})
    EXPECT_TRUE(claims_to_be_from(ours, "mx.example.test")) << ours;
  for (char const* other : {" mx.example.org; none", " mx.example.test.evil.test; none",
                            " evil.test; x=mx.example.test", " (mx.example.test) evil.test; none", "", " ;"})
    EXPECT_FALSE(claims_to_be_from(other, "mx.example.test")) << other;
}

}  // namespace
}  // namespace yubin::policy
