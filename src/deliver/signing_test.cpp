#include "deliver/signing.h"

#include <gtest/gtest.h>

#include "kv/memory_bodies.h"
#include "policy/arc_check.h"
#include "policy/dkim_check.h"
#include "policy/run_check.h"
#include "tests/kit/memory_directory.h"

namespace yubin::deliver {
namespace {

using policy::Sighting;

struct CountingBodies : kv::Bodies {
  explicit CountingBodies(kv::Bodies const& bodies) : inner(bodies) {}
  Result<std::unique_ptr<kv::BodyWriter>> begin() override { return fail(Errc::internal, ""); }
  Result<std::string> read(kv::BodyId id, std::uint64_t offset, std::size_t length) const override {
    Result<std::string> out = inner.read(id, offset, length);
    if (out) bytes += out->size();
    return out;
  }
  Result<> drop(kv::BodyId) override { return {}; }

  kv::Bodies const& inner;
  mutable std::size_t bytes = 0;
};

struct SigningTest : testing::Test {
  SigningTest() {
    for (char const* name : {"a.test", "b.test"}) {
      mime::Domain const domain = kit::domain(name);
      EXPECT_TRUE(directory->add_domain(domain).wait());
      auto const keys = ring.ensure(domain).wait().value();
      for (policy::SigningKeyRow const& key : keys)
        table.add(policy::record_of(key).name, policy::Txt{policy::record_of(key).text});
    }
    EXPECT_TRUE(directory->add_account({kit::address("hanako@a.test"), ""}).wait());
    EXPECT_TRUE(directory->add_alias({kit::address("info@b.test"), {kit::address("hanako@a.test")}}).wait());
    see(kit::domain("a.test"));
  }
  void see(mime::Domain const& domain) {
    std::vector<Sighting> all;
    for (policy::SigningKeyRow const& key : ring.of(domain).value())
      all.push_back({key.selector, Sighting::Kind::good, ""});
    EXPECT_TRUE(ring.note(domain, all).wait());
  }
  queue::MessageRow row(std::string const& text) {
    auto writer = bodies.begin().value();
    EXPECT_TRUE(writer->append(text));
    queue::MessageRow message;
    message.body = writer->seal().wait().value().ref;
    message.prefix = "Received: by mx.a.test id 1;\r\n\tFri, 1 Dec 2023 10:00:00 +0000\r\n";
    message.service = "submission";
    message.sender = "hanako@a.test";
    return message;
  }
  // What goes out.
  std::string sent(queue::MessageRow const& message, bool eight_bit = true, std::uint64_t id = 1) {
    OutgoingBody body(bodies, message);
    EXPECT_TRUE(body.prepare(eight_bit));
    Result<Signing::Signed> made = signing.sign(UniqueId(0, id), message, body);
    EXPECT_TRUE(made);
    fact = made->fact;
    std::uint64_t const before = body.size();
    body.put_before(made->fields);
    EXPECT_EQ(body.size(), before + made->fields.size());
    std::string out;
    for (bool last = false; !last;) {
      OutgoingBody::Piece piece = body.next(1000).value();
      EXPECT_LE(piece.bytes.size(), 1000u);
      out += piece.bytes;
      last = piece.last;
    }
    return out;
  }
  // d= of the signatures that pass.
  std::vector<std::string> vouching(std::string const& text) {
    auto message = std::make_shared<policy::MessageReader>();
    message->feed(text);
    message->finish();
    policy::DkimCheck check(message, directory.clock().now());
    EXPECT_TRUE(policy::run_check(check, table));
    std::vector<std::string> out;
    for (policy::DkimOutcome const& one : check.outcomes()) {
      EXPECT_EQ(one.result, policy::SignatureResult::pass) << one.detail;
      out.push_back(one.domain);
    }
    return out;
  }

  kit::MemoryDirectory directory;
  SeededRandom random{1};
  policy::KeyRing ring{{directory.signing_keys(), *directory, random, directory.clock()},
                       Secret(std::string(policy::KeySeal::kKey, 'k')),
                       {.seal = true}};
  kv::MemoryBodies bodies;
  Signing signing{ring, *directory, directory.clock(), kit::domain("a.test")};
  policy::AnswerTable table;
  std::string fact;
};

std::vector<std::string> const kTwice{"a.test", "a.test"};

TEST_F(SigningTest, mail_is_signed_as_the_domain_of_its_author) {
  EXPECT_EQ(vouching(sent(row("From: hanako@a.test\r\nSubject: x\r\n\r\nhello\r\n"))), kTwice);
  EXPECT_EQ(fact, "a.test: y2023a-rsa y2023a-ed");
}

// RFC 6376 section 5.6
TEST_F(SigningTest, its_signatures_stand_above_all_others) {
  std::string const text = sent(row("DKIM-Signature: v=1; d=elsewhere.test\r\nFrom: hanako@a.test\r\n\r\nhello\r\n"));
  mime::HeaderSection const header = mime::HeaderSection::parse(text);
  EXPECT_EQ(header[0].name, "DKIM-Signature");
  EXPECT_EQ(header[1].name, "DKIM-Signature");
  EXPECT_NE(header[0].raw_value.find("d=a.test"), std::string_view::npos);
  EXPECT_NE(header[1].raw_value.find("d=a.test"), std::string_view::npos);
  EXPECT_EQ(header.find_all("DKIM-Signature").size(), 3u);
}

// RFC 6376 section 5.3: what is signed is what goes out.
TEST_F(SigningTest, what_is_recoded_is_signed_as_it_goes_out) {
  queue::MessageRow const message =
      row("From: hanako@a.test\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
          "Content-Transfer-Encoding: 8bit\r\n\r\n\xe6\x97\xa5\xe6\x9c\xac\r\n" +
          std::string(3000, 'x') + "\r\n");
  for (bool const eight_bit : {true, false}) {
    std::string const text = sent(message, eight_bit);
    EXPECT_EQ(text.find(std::string(1000, 'x')), std::string::npos);
    EXPECT_EQ(vouching(text), kTwice);
  }
}

// A part with long lines changes for everybody, one with 8-bit bytes only for who does not take them.
TEST_F(SigningTest, each_way_of_recoding_has_its_own_signature) {
  queue::MessageRow const message =
      row("From: hanako@a.test\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
          "--b\r\nContent-Type: text/plain\r\n\r\n" +
          std::string(3000, 'x') +
          "\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
          "\xe6\x97\xa5\xe6\x9c\xac\r\n--b--\r\n");
  std::string const as_eight_bit = sent(message, true);
  std::string const as_seven_bit = sent(message, false);
  EXPECT_EQ(vouching(as_eight_bit), kTwice);
  EXPECT_EQ(vouching(as_seven_bit), kTwice);
  EXPECT_EQ(sent(message, true), as_eight_bit);
}

TEST_F(SigningTest, nobody_signs_for_a_domain_that_is_not_ours_or_not_his) {
  see(kit::domain("b.test"));
  for (auto const& [from, why] :
       {std::pair("x@c.test", "c.test, the domain in the field From, is not one of this server"),
        std::pair("x@b.test", "hanako@a.test may not sign for b.test"),
        std::pair("\"x y\"@b.test", "hanako@a.test may not sign for b.test"),
        std::pair("x..y@b.test", "hanako@a.test may not sign for b.test"),
        std::pair("info@b.test, \"x y\"@b.test", "hanako@a.test may not sign for b.test"),
        std::pair("x@a.test, y@b.test", "the field From names several domains")}) {
    EXPECT_TRUE(vouching(sent(row("From: " + std::string(from) + "\r\n\r\nhello\r\n"))).empty());
    EXPECT_EQ(fact, "no: " + std::string(why));
  }
  // RFC 5321 section 4.5.3.1.1: nobody has such an address.
  EXPECT_TRUE(vouching(sent(row("From: " + std::string(65, 'x') + "@b.test\r\n\r\nhello\r\n"))).empty());
  // An address that leads to him is his.
  EXPECT_EQ(vouching(sent(row("From: info@b.test\r\n\r\nhello\r\n"), true, 2)),
            (std::vector<std::string>{"b.test", "b.test"}));
}

// Whoever writes to an alias that leads elsewhere could have his mail signed.
TEST_F(SigningTest, mail_of_others_that_passes_through_is_not_signed) {
  for (char const* service : {"mx", "lmtp"}) {
    queue::MessageRow message = row("From: hanako@a.test\r\n\r\nhello\r\n");
    message.service = service;
    message.sender = "hanako@a.test";
    EXPECT_TRUE(vouching(sent(message)).empty());
    EXPECT_EQ(fact, "no: it came from another server, and its chain of seals was not checked");
  }
}

TEST_F(SigningTest, mail_of_others_that_was_checked_is_sealed) {
  queue::MessageRow message = row("From: x@c.test\r\n\r\nhello\r\n");
  message.service = "mx";
  for (auto const& [results, is_sealed] :
       {std::pair("spf=pass smtp.mailfrom=\"; arc=fail\"@c.test;\r\n\tarc=none", true),
        std::pair("arc=temperror", false), std::pair("spf=pass", false),
        std::pair("spf=none smtp.mailfrom=\"; arc=pass\"@c.test", false)}) {
    message.prefix =
        "Authentication-Results: mx.a.test;\r\n\t" + std::string(results) + "\r\nReceived: by mx.a.test;\r\n\tx\r\n";
    auto read = std::make_shared<policy::MessageReader>();
    read->feed(sent(message, true, std::hash<std::string>()(results)));
    read->finish();
    policy::ArcCheck check(read);
    EXPECT_TRUE(policy::run_check(check, table));
    EXPECT_EQ(check.outcome().status, is_sealed ? policy::ChainStatus::pass : policy::ChainStatus::none) << results;
    EXPECT_EQ(check.outcome().domains.size(), is_sealed ? 1u : 0u);
  }
}

// There is no other domain's key to fall back to.
TEST_F(SigningTest, a_domain_whose_keys_are_not_seen_is_not_signed_at_all) {
  queue::MessageRow message = row("From: x@b.test\r\n\r\nhello\r\n");
  message.sender = "x@b.test";
  EXPECT_TRUE(vouching(sent(message)).empty());
  EXPECT_EQ(fact, "no: no key of b.test was seen in the DNS");
  see(kit::domain("b.test"));
  EXPECT_EQ(vouching(sent(message)), (std::vector<std::string>{"b.test", "b.test"}));
}

// It goes to many destinations, and is asked about at each attempt.
TEST_F(SigningTest, what_nobody_signs_is_not_read_for_it) {
  for (auto const& [from, is_signed] : {std::pair("x@b.test", false), std::pair("hanako@a.test", true)}) {
    queue::MessageRow message = row("From: " + std::string(from) + "\r\n\r\n" + std::string(1'000'000, 'x') + "\r\n");
    message.sender = from;
    CountingBodies const counting(bodies);
    OutgoingBody const body(counting, message);
    EXPECT_EQ(signing.sign(UniqueId(0, 1), message, body).value().fields.empty(), !is_signed);
    EXPECT_EQ(counting.bytes >= 1'000'000, is_signed);
  }
}

TEST_F(SigningTest, the_author_is_found_behind_long_fields) {
  std::string const text = "X-Long: " + std::string(100'000, 'x') + "\r\nFrom: hanako@a.test\r\n\r\nhello\r\n";
  EXPECT_EQ(vouching(sent(row(text))), kTwice);
}

TEST_F(SigningTest, reports_of_our_own_are_signed) {
  queue::MessageRow message = row("From: Mail Delivery System <postmaster@a.test>\r\n\r\nhello\r\n");
  message.service = "report";
  message.sender = "";
  EXPECT_EQ(vouching(sent(message)), kTwice);
}

TEST_F(SigningTest, a_message_is_signed_once_for_all_its_destinations_and_anew_after_an_hour) {
  queue::MessageRow const message = row("From: hanako@a.test\r\n\r\nhello\r\n");
  std::string const first = sent(message);
  directory.clock().advance(std::chrono::minutes(59));
  EXPECT_EQ(sent(message), first);
  EXPECT_NE(sent(message, true, 2), first);
  directory.clock().advance(std::chrono::minutes(2));
  EXPECT_NE(sent(message), first);
}

}  // namespace
}  // namespace yubin::deliver
