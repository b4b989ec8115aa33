// Reports as nobody should write them; those of real senders are in tests/reports.
#include "report/tls.h"

#include <gtest/gtest.h>

namespace yubin::report {
namespace {

std::string repeated(std::string_view what, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += (i == 0 ? "" : ",") + std::string(what);
  return out;
}

std::string with_policies(std::string const& policies) {
  return R"({"report-id":"1","date-range":{"start-datetime":"2024-01-01T00:00:00Z"},"policies":)" + policies + "}";
}

std::string policy(std::string const& failures) {
  return R"({"policy":{"policy-domain":"b.test"},"failure-details":[)" + failures + "]}";
}

TEST(Tls, one_policy_may_stand_without_a_list) {
  TlsReport const report = parse_tls(with_policies(policy(R"({"result-type":"x"})"))).value();
  ASSERT_EQ(report.policies.size(), 1U);
  EXPECT_EQ(report.policies[0].failures.at(0).result, "x");
}

// "0," becomes a value many times as long.
TEST(Tls, what_a_text_becomes_is_bounded) {
  TlsLimits const limits{.memory = 1'000'000};
  std::string const nothing = with_policies("[" + repeated("0", 100'000) + "," + policy("") + "]");
  EXPECT_EQ(parse_tls(nothing, limits).error().code, Errc::limit);
  EXPECT_TRUE(parse_tls(nothing));
  EXPECT_TRUE(parse_tls(with_policies("[" + repeated("0", 1'000) + "," + policy("") + "]"), limits));
  EXPECT_EQ(parse_tls("{\"a\":\"" + std::string(2'000'000, 'x') + "\"}", limits).error().code, Errc::limit);
}

TEST(Tls, kinds_of_failures_are_bounded_over_all_policies) {
  TlsLimits const limits{.failures = 10};
  std::string const five = policy(repeated("{}", 5));
  EXPECT_TRUE(parse_tls(with_policies("[" + five + "," + five + "]"), limits));
  EXPECT_EQ(parse_tls(with_policies("[" + five + "," + five + "," + policy("{}") + "]"), limits).error().code,
            Errc::limit);
}

}  // namespace
}  // namespace yubin::report
