#include "policy/spf_check.h"
#include "tests/kit/policy_vectors.h"

namespace yubin::policy {
namespace {

TEST(Vectors, spf) {
  for_each_vector("spf", [](VectorFile const&, dns::StaticResolver const& zone, VectorCase const& one) {
    auto const client = IpAddress::parse(one.get("ip"));
    ASSERT_TRUE(client);
    SpfCheck check({*client, one.get("helo"), one.get("from"), "mx.receiver.test", WallTime(std::chrono::seconds(1))});
    Finding const finding = finish(check, zone);
    SpfOutcome const& outcome = check.outcome();
    EXPECT_EQ(finding.result, one.get("result")) << finding.summary;
    EXPECT_FALSE(finding.summary.empty());
    if (one.has("mechanism")) EXPECT_EQ(outcome.mechanism, one.get("mechanism"));
    if (one.has("explanation")) EXPECT_EQ(outcome.explanation, one.get("explanation"));
    if (one.has("problem")) EXPECT_NE(outcome.problem.find(one.get("problem")), std::string::npos) << outcome.problem;
    if (one.has("identity")) EXPECT_EQ(to_string(outcome.identity), one.get("identity"));
  });
}

}  // namespace
}  // namespace yubin::policy
