#include "server/vouching.h"

#include <gtest/gtest.h>

#include "tests/kit/memory_directory.h"

namespace yubin::server {
namespace {

using policy::DmarcResult;

policy::MessageReader reader(std::string const& header) {
  policy::MessageReader message;
  message.feed(header + "\r\n\r\nhello\r\n");
  message.finish();
  return message;
}

Vouching vouching(std::string const& from, std::optional<DmarcResult> result, std::string spf,
                  std::vector<std::string> dkim = {}, bool incomplete = false) {
  policy::DmarcOutcome outcome;
  if (result) outcome.result = *result;
  return vouching_of({reader("From: " + from).author(), std::move(spf), std::move(dkim), incomplete},
                     result ? &outcome : nullptr);
}

TEST(Vouching, is_what_dmarc_says_where_there_is_a_policy) {
  EXPECT_EQ(vouching("a@one.test", DmarcResult::pass, ""), Vouching::yes);
  EXPECT_EQ(vouching("a@one.test", DmarcResult::fail, "one.test"), Vouching::no);
  EXPECT_EQ(vouching("a@one.test", DmarcResult::temperror, "one.test"), Vouching::not_known_now);
}

TEST(Vouching, without_a_policy_spf_or_a_signature_of_the_organization_will_do) {
  for (auto const result : {std::optional<DmarcResult>(), std::optional(DmarcResult::none)}) {
    EXPECT_EQ(vouching("a@one.test", result, "one.test"), Vouching::yes);
    EXPECT_EQ(vouching("a@one.test", result, "News.One.test"), Vouching::yes);
    EXPECT_EQ(vouching("a@one.test", result, "", {"two.test", "one.test"}), Vouching::yes);
    EXPECT_EQ(vouching("a@one.test", result, "two.test", {"test"}), Vouching::nobody);
    EXPECT_EQ(vouching("a@one.test", result, "", {}, true), Vouching::not_known_now);
    EXPECT_EQ(vouching("a@one.test, b@two.test", result, "one.test"), Vouching::nobody);
    EXPECT_EQ(vouching("a@one.test, b@two.test", result, "one.test", {"two.test"}), Vouching::yes);
    EXPECT_EQ(vouching("nobody:;", result, "one.test"), Vouching::nobody);
  }
}

TEST(Vouching, whoever_may_be_seen_in_from_is_claimed) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(claimed_domains(reader("From: a@One.test")), Names{"one.test"});
  EXPECT_EQ(claimed_domains(reader("From: a@one.test\r\nfrom : b@two.test")), (Names{"one.test", "two.test"}));
  EXPECT_EQ(claimed_domains(reader("From: a@[192.0.2.1], b@two.test")), Names{"two.test"});
  EXPECT_EQ(claimed_domains(reader("From: <>")), Names());
  EXPECT_EQ(claimed_domains(reader("Subject: x")), Names());
  EXPECT_EQ(claimed_domains(reader(std::string("From: a@one.test") + '\0')), std::nullopt);
  EXPECT_EQ(claimed_domains(reader("X: " + std::string(300'000, 'x') + "\r\nFrom: a@one.test")), std::nullopt);
}

struct SentOn : testing::Test {
  SentOn() { EXPECT_TRUE(directory->add_domain(kit::domain("hosted.test")).wait()); }
  int code(std::string const& from, Vouching vouching) {
    auto const reply = why_not_sent_on(reader("From: " + from), vouching, *directory, {"srs.test", "mx.ours.test"});
    EXPECT_TRUE(reply);
    return *reply ? (*reply)->code() : 250;
  }
  kit::MemoryDirectory directory;
};

TEST_F(SentOn, nothing_goes_on_that_only_we_would_vouch_for) {
  struct Row {
    std::string from;
    int no, nobody, not_known_now;
  };
  for (Row const& row :
       {Row{"x@foreign.test", 250, 250, 250}, Row{"<>", 250, 250, 250}, Row{"x@hosted.test", 550, 550, 451},
        Row{"y@foreign.test, x@Hosted.test.", 550, 550, 451}, Row{"x@below.hosted.test", 250, 250, 250},
        Row{"x@srs.test", 550, 250, 451}, Row{"x@ours.test", 550, 250, 451}, Row{"x@dept.ours.test", 550, 250, 451},
        Row{"x@[192.0.2.1], y@hosted.test", 550, 550, 451}}) {
    EXPECT_EQ(code(row.from, Vouching::yes), 250) << row.from;
    EXPECT_EQ(code(row.from, Vouching::no), row.no) << row.from;
    EXPECT_EQ(code(row.from, Vouching::nobody), row.nobody) << row.from;
    EXPECT_EQ(code(row.from, Vouching::not_known_now), row.not_known_now) << row.from;
  }
}

}  // namespace
}  // namespace yubin::server
