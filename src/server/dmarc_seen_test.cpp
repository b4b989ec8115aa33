// What the author's domain will be told of a message.
#include "server/dmarc_seen.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "deliver/report_destination.h"
#include "policy/run_check.h"

namespace yubin::server {
namespace {

using policy::DmarcPolicy;
using policy::DmarcResult;
using report::Aligned;
using report::Disposition;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

policy::DmarcOutcome outcome(DmarcResult result) {
  policy::DmarcOutcome out;
  out.result = result;
  out.author = "mail.example.com";
  out.policy_domain = "example.com";
  out.record = "v=DMARC1; p=reject; sp=quarantine; aspf=s; rua=mailto:r@example.com";
  out.policy = out.applied = DmarcPolicy::quarantine;
  out.aggregate = {"mailto:r@example.com"};
  return out;
}

policy::SpfOutcome spf(policy::SpfResult result, std::string domain) {
  policy::SpfOutcome out;
  out.result = result;
  out.domain = std::move(domain);
  return out;
}

policy::DkimOutcome dkim(policy::SignatureResult result, std::string domain) {
  policy::DkimOutcome out;
  out.result = result;
  out.domain = std::move(domain);
  out.selector = "s1";
  return out;
}

IpAddress const kClient = IpAddress::parse("192.0.2.1").value();

TEST(DmarcSeen, of_a_pass) {
  policy::SpfOutcome const by_envelope = spf(policy::SpfResult::pass, "example.com");
  std::vector<policy::DkimOutcome> const signatures{dkim(policy::SignatureResult::fail, "other.test"),
                                                    dkim(policy::SignatureResult::pass, "Example.com")};
  auto const seen = dmarc_seen(kClient, "a@Example.com", outcome(DmarcResult::pass), &by_envelope, &signatures);
  ASSERT_TRUE(seen.has_value());
  EXPECT_EQ(seen->policy.domain, "example.com");
  EXPECT_EQ(seen->policy.p, "reject");
  EXPECT_EQ(seen->policy.sp, "quarantine");
  EXPECT_EQ(seen->policy.aspf, "s");
  EXPECT_THAT(seen->uris, ElementsAre("mailto:r@example.com"));
  EXPECT_EQ(seen->record.header_from, "mail.example.com");
  EXPECT_EQ(seen->record.envelope_from, "example.com");
  EXPECT_EQ(seen->record.dkim_aligned, Aligned::yes);
  EXPECT_EQ(seen->record.spf_aligned, Aligned::no);  // the domain wants it strict
  EXPECT_EQ(seen->record.disposition, Disposition::pass);
  ASSERT_THAT(seen->record.dkim, SizeIs(2));
  EXPECT_EQ(seen->record.dkim.front().domain, "other.test");
  EXPECT_EQ(seen->record.dkim.front().selector, "s1");
  EXPECT_EQ(seen->record.dkim.front().result, "fail");
  EXPECT_EQ(seen->record.spf.front().domain, "example.com");
  EXPECT_EQ(seen->record.spf.front().result, "pass");
  EXPECT_EQ(seen->record.spf.front().scope, "mfrom");
  EXPECT_THAT(seen->record.overrides, IsEmpty());
}

// RFC 9990 section 3.1.1.9, with what the check really says.
TEST(DmarcSeen, who_passes_is_told_so_if_its_policy_would_have_had_others_refused) {
  for (auto const& [policy, disposition] :
       {std::pair("reject", Disposition::pass), std::pair("none", Disposition::none)}) {
    policy::AnswerTable table;
    table.add("_dmarc.example.com", policy::Txt{"v=DMARC1; p=" + std::string(policy) + "; rua=mailto:r@example.com"});
    policy::DmarcCheck check(
        {.author = {.domains = {"example.com"}, .problem = {}}, .spf_domain = "", .dkim_domains = {"example.com"}});
    ASSERT_TRUE(policy::run_check(check, table));
    auto const seen = dmarc_seen(kClient, "", check.outcome(), nullptr, nullptr);
    ASSERT_TRUE(seen.has_value());
    EXPECT_EQ(seen->record.disposition, disposition) << policy;
  }
}

// RFC 7489 section 6.2: a reader may take no more than so many bytes.
TEST(DmarcSeen, who_wants_reports_is_named_with_the_size_that_he_takes) {
  policy::AnswerTable table;
  table.add("_dmarc.example.com",
            policy::Txt{"v=DMARC1; p=none; rua= mailto:r@example.com!10m , mailto:s@example.com"});
  policy::DmarcCheck check(
      {.author = {.domains = {"example.com"}, .problem = {}}, .spf_domain = "", .dkim_domains = {}});
  ASSERT_TRUE(policy::run_check(check, table));
  auto const seen = dmarc_seen(kClient, "", check.outcome(), nullptr, nullptr);
  EXPECT_THAT(seen.value().uris, ElementsAre("mailto:r@example.com!10m", "mailto:s@example.com"));
}

TEST(DmarcSeen, of_very_many_who_want_reports_those_are_kept_that_may_get_one) {
  policy::DmarcOutcome wanted = outcome(DmarcResult::pass);
  wanted.aggregate = {"https://example.com/"};
  EXPECT_FALSE(dmarc_seen(kClient, "", wanted, nullptr, nullptr));
  for (int i = 0; i < 1000; ++i) wanted.aggregate.push_back("mailto:r" + std::to_string(i) + "@example.com");
  auto const seen = dmarc_seen(kClient, "", wanted, nullptr, nullptr);
  ASSERT_THAT(seen.value().uris, SizeIs(deliver::kMostDestinations));
  EXPECT_EQ(seen->uris.front(), "mailto:r0@example.com");
}

TEST(DmarcSeen, of_a_failure_it_is_said_that_it_was_let_through) {
  policy::SpfOutcome const by_envelope = spf(policy::SpfResult::pass, "stranger.test");
  auto const seen = dmarc_seen(kClient, "", outcome(DmarcResult::fail), &by_envelope, nullptr);
  ASSERT_TRUE(seen.has_value());
  EXPECT_FALSE(seen->record.passed());
  EXPECT_EQ(seen->record.envelope_from, "");
  EXPECT_EQ(seen->record.disposition, Disposition::none);
  ASSERT_THAT(seen->record.overrides, SizeIs(1));
  EXPECT_EQ(seen->record.overrides.front().type, "local_policy");
}

TEST(DmarcSeen, who_vouched_counts_even_where_organizations_are_seen_otherwise) {
  policy::DmarcOutcome passed = outcome(DmarcResult::pass);
  passed.aligned = "dkim sister.test";
  auto const seen = dmarc_seen(kClient, "", passed, nullptr, nullptr);
  EXPECT_EQ(seen->record.dkim_aligned, Aligned::yes);
}

TEST(DmarcSeen, nobody_is_told_who_did_not_ask_or_could_not_be_checked) {
  policy::DmarcOutcome silent = outcome(DmarcResult::pass);
  silent.aggregate.clear();
  EXPECT_FALSE(dmarc_seen(kClient, "", silent, nullptr, nullptr));
  for (DmarcResult result : {DmarcResult::none, DmarcResult::temperror, DmarcResult::permerror})
    EXPECT_FALSE(dmarc_seen(kClient, "", outcome(result), nullptr, nullptr));
}

}  // namespace
}  // namespace yubin::server
