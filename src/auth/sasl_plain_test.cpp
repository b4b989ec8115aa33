#include "auth/sasl_plain.h"

#include <gtest/gtest.h>

namespace yubin::auth {
namespace {

using namespace std::string_literals;

struct Row {
  std::string message;
  bool good;
  std::string authzid, authcid, password;
};

class Plain : public testing::TestWithParam<Row> {};

TEST_P(Plain, message) {
  auto plain = sasl_plain(GetParam().message);
  ASSERT_EQ(plain.has_value(), GetParam().good);
  if (!plain) {
    EXPECT_EQ(plain.error().code, Errc::syntax);
    return;
  }
  EXPECT_EQ(plain->authzid, GetParam().authzid);
  EXPECT_EQ(plain->authcid, GetParam().authcid);
  EXPECT_EQ(plain->password.view(), GetParam().password);
}

INSTANTIATE_TEST_SUITE_P(
    rfc4616, Plain,
    testing::Values(Row{"\0tim\0tanstaaftanstaaf"s, true, "", "tim", "tanstaaftanstaaf"},  // section 4
                    Row{"Ursel\0Kurt\0xipj3plmq"s, true, "Ursel", "Kurt", "xipj3plmq"},    // section 4
                    Row{"\0花子\0秘密"s, true, "", "花子", "秘密"}, Row{""s, false, "", "", ""},
                    Row{"\0"s, false, "", "", ""}, Row{"\0tim"s, false, "", "", ""}, Row{"\0\0x"s, false, "", "", ""},
                    Row{"\0tim\0"s, false, "", "", ""}, Row{"a\0tim\0x\0y"s, false, "", "", ""},
                    Row{"\0tim\0"s + std::string(1024, 'x'), true, "", "tim", std::string(1024, 'x')},
                    Row{"\0tim\0"s + std::string(1025, 'x'), false, "", "", ""}));

}  // namespace
}  // namespace yubin::auth
