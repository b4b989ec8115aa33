#include "policy/iprev_check.h"

#include <gtest/gtest.h>

#include "policy/run_check.h"

namespace yubin::policy {
namespace {

std::string result(AnswerTable const& table) {
  IprevCheck check(IpAddress::v4({192, 0, 2, 1}));
  Finding const finding = run_check(check, table).value();
  EXPECT_EQ(finding.result, check.result());
  return finding.result;
}

// RFC 8601 section 2.7.3
TEST(Iprev, the_name_leads_back_or_not) {
  std::string const reverse = "1.2.0.192.in-addr.arpa";
  AnswerTable table;
  EXPECT_EQ(result(table), "permerror");
  table.add(reverse, Ptr{"mx.one.test"});
  EXPECT_EQ(result(table), "fail");
  table.add("mx.one.test", A{{192, 0, 2, 9}});
  EXPECT_EQ(result(table), "fail");
  table.add("mx.one.test", A{{192, 0, 2, 1}});
  EXPECT_EQ(result(table), "pass");
  table.set({"mx.one.test", RecordType::a}, {.existence = Existence::temporary, .records = {}});
  EXPECT_EQ(result(table), "temperror");
  table.add(reverse, Ptr{"other.one.test"});
  table.add("other.one.test", A{{192, 0, 2, 1}});
  EXPECT_EQ(result(table), "pass");
  table.set({reverse, RecordType::ptr}, {.existence = Existence::bogus, .records = {}});
  EXPECT_EQ(result(table), "temperror");
}

// RFC 8601 section 3: who owns an address must not make us ask without end.
TEST(Iprev, the_eleventh_name_is_not_looked_at) {
  AnswerTable table;
  for (int i = 1; i <= 11; ++i) table.add("1.2.0.192.in-addr.arpa", Ptr{"mx" + std::to_string(i) + ".one.test"});
  table.add("mx11.one.test", A{{192, 0, 2, 1}});
  EXPECT_EQ(result(table), "fail");
  table.add("mx10.one.test", A{{192, 0, 2, 1}});
  EXPECT_EQ(result(table), "pass");
}

}  // namespace
}  // namespace yubin::policy
