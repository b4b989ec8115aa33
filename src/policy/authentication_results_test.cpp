#include "policy/authentication_results.h"

#include <gtest/gtest.h>

#include <set>

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
            "Authentication-Results: mx.example.test;\r\n\tnone");
}

// RFC 6376 sections 3.11 and 6.3
TEST(AuthenticationResults, the_domain_that_signed_is_told) {
  PrivateKey const key = PrivateKey::make(KeyType::ed25519).value();
  std::string const text = "From: a@other.test\r\n\r\nbody\r\n";
  MessageReader plain;
  plain.want(kSignedBody);
  plain.feed(text);
  plain.finish();
  auto const sent = std::make_shared<MessageReader>();
  sent->feed(sign_message(plain, {"one.test", "s"}, key, {.time = 1, .expires = 9}).value() + text);
  sent->finish();
  DkimCheck dkim(sent, WallTime(std::chrono::seconds(5)));
  AnswerTable table;
  table.add("s._domainkey.one.test", Txt{key_record(KeyType::ed25519, key.public_bytes())});
  ASSERT_TRUE(run_check(dkim, table));
  EXPECT_NE(authentication_results("mx.example.test", {.dkim = &dkim})
                .find("dkim=pass (256-bit key) header.d=one.test header.s=s header.a=ed25519-sha256 header.b="),
            std::string::npos);
}

// RFC 8601 section 4: no word but those that are registered for the method.
TEST(AuthenticationResults, words_are_those_that_are_registered) {
  using Words = std::set<std::string_view>;
  Words const dkim{"none", "pass", "fail", "policy", "neutral", "temperror", "permerror"};
  for (auto const result :
       {SignatureResult::none, SignatureResult::pass, SignatureResult::fail, SignatureResult::policy,
        SignatureResult::neutral, SignatureResult::temperror, SignatureResult::permerror})
    EXPECT_TRUE(dkim.contains(to_string(result))) << to_string(result);
  Words const spf{"none", "neutral", "pass", "fail", "softfail", "temperror", "permerror"};
  for (auto const result : {SpfResult::none, SpfResult::neutral, SpfResult::pass, SpfResult::fail, SpfResult::softfail,
                            SpfResult::temperror, SpfResult::permerror})
    EXPECT_TRUE(spf.contains(to_string(result))) << to_string(result);
  Words const dmarc{"none", "pass", "fail", "temperror", "permerror"};
  for (auto const result :
       {DmarcResult::none, DmarcResult::pass, DmarcResult::fail, DmarcResult::temperror, DmarcResult::permerror})
    EXPECT_TRUE(dmarc.contains(to_string(result))) << to_string(result);
  Words const arc{"none", "pass", "fail"};
  for (auto const status : {ChainStatus::none, ChainStatus::pass, ChainStatus::fail})
    EXPECT_TRUE(arc.contains(to_string(status))) << to_string(status);
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
TEST(AuthenticationResults, foreign_ones_that_claim_to_be_ours_may_not_stay) {
  for (char const* ours :
       {" mx.example.test; none", " MX.EXAMPLE.TEST;\r\n\tdkim=pass", " \"mx.example.test\" 1; none",
        " (hello) mx.example.test (there) ; none", "mx.example.test", " ; mx.example.test", " mx.example.test.; none"})
    EXPECT_FALSE(may_stay(ours, "mx.example.test")) << ours;
  for (char const* other :
       {" mx.example.org; none", " mx.example.test.evil.test; none", " evil.test; x=mx.example.test",
        " (mx.example.test) evil.test; none", " ;", " spf=pass smtp.mailfrom=a.test; dkim=none"})
    EXPECT_TRUE(may_stay(other, "mx.example.test")) << other;
}

TEST(AuthenticationResults, an_id_in_u_labels_is_the_same_as_in_a_labels) {
  char const* const in_u =
      "b\xc3\xbc"
      "cher.test";
  for (auto const& [written, ours] : {std::pair(in_u, "xn--bcher-kva.test"), std::pair("xn--bcher-kva.test", in_u),
                                      std::pair("XN--BCHER-KVA.test", "xn--bcher-kva.test")})
    EXPECT_FALSE(may_stay(std::string(" ") + written + "; dmarc=pass", ours)) << written;
}

TEST(AuthenticationResults, of_another_version_none_may_stay) {
  for (char const* start : {" mx.other.test 1; spf=pass", " mx.other.test (a) 1 (b) ; none", " \"2\"; none"})
    EXPECT_TRUE(may_stay(start, "mx.example.test")) << start;
  for (char const* start :
       {" mx.other.test 2; spf=pass", " mx.other.test(a)2 ; none", " mx.other.test 99999999999999999999;"})
    EXPECT_FALSE(may_stay(start, "mx.example.test")) << start;
}

TEST(AuthenticationResults, what_goes_on_in_the_next_line_may_not_stay) {
  for (char const* start : {"", "\r\n", " (a\r\n", " mx.other.test\r\n", " mx.other.test (a)\r\n"})
    EXPECT_FALSE(may_stay(start, "mx.example.test")) << start;
}

}  // namespace
}  // namespace yubin::policy
