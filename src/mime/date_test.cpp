#include "mime/date.h"

#include <gtest/gtest.h>

namespace yubin::mime {
namespace {

struct Row {
  std::string_view input;
  std::string_view internal;  // as INTERNALDATE prints it; empty: no date
};

class DateForms : public testing::TestWithParam<Row> {};

TEST_P(DateForms, parse) {
  auto date = parse_date(GetParam().input);
  if (GetParam().internal.empty()) {
    EXPECT_FALSE(date) << GetParam().input;
    return;
  }
  ASSERT_TRUE(date) << GetParam().input;
  EXPECT_EQ(format_internal_date(*date), GetParam().internal) << GetParam().input;
  EXPECT_EQ(parse_internal_date(format_internal_date(*date)).value(), *date);
  EXPECT_EQ(parse_date(format_date(*date)).value(), *date);
}

INSTANTIATE_TEST_SUITE_P(
    rfc5322, DateForms,
    testing::Values(Row{"Fri, 21 Nov 1997 09:55:06 -0600", "21-Nov-1997 09:55:06 -0600"},
                    Row{"Tue, 1 Jul 2003 10:52:37 +0200", " 1-Jul-2003 10:52:37 +0200"},
                    Row{"1 Jul 2003 10:52 +0200", " 1-Jul-2003 10:52:00 +0200"},
                    Row{"Thu,\r\n      13\r\n        Feb\r\n          1969\r\n      23:32\r\n               -0330 "
                        "(Newfoundland Time)",
                        "13-Feb-1969 23:32:00 -0330"},
                    Row{"21 Nov 97 09:55:06 GMT", "21-Nov-1997 09:55:06 +0000"},
                    Row{"21 Nov 07 09:55:06 EST", "21-Nov-2007 09:55:06 -0500"},
                    Row{"21 Nov 103 09:55:06 +0900", "21-Nov-2003 09:55:06 +0900"},
                    Row{"Fri, 21 Nov 1997 09(comment):   55  :  06 -0600", "21-Nov-1997 09:55:06 -0600"},
                    Row{"21 Nov 1997 09:55:06 A", "21-Nov-1997 09:55:06 -0000"},
                    Row{"21 Nov 1997 09:55:06 -0000", "21-Nov-1997 09:55:06 -0000"},
                    Row{"31 Dec 2016 23:59:60 +0000", " 1-Jan-2017 00:00:00 +0000"}));

INSTANTIATE_TEST_SUITE_P(wild, DateForms,
                         testing::Values(Row{"Mon, 15 Jan 2024 12:34:56 +0900 (JST)", "15-Jan-2024 12:34:56 +0900"},
                                         Row{"Mon, 15 Jan 2024 12:34:56 JST", "15-Jan-2024 12:34:56 +0900"},
                                         Row{"Mon, 15 Jan 2024 12:34:56 GMT+0900", "15-Jan-2024 12:34:56 +0900"},
                                         Row{"Mon, 15 Jan 2024 12:34:56 GMT +0900", "15-Jan-2024 12:34:56 +0900"},
                                         Row{"Mon, 15 Jan 2024 12:34:56+09:00", "15-Jan-2024 12:34:56 +0900"},
                                         Row{"Monday, 15 January 2024 12:34:56 +0900", "15-Jan-2024 12:34:56 +0900"},
                                         Row{"Mon,15 Jan 2024 12:34:56 +0900", "15-Jan-2024 12:34:56 +0900"},
                                         Row{"Mon Jan 15 12:34:56 2024", "15-Jan-2024 12:34:56 -0000"},
                                         Row{"Mon Jan 15 12:34:56 JST 2024", "15-Jan-2024 12:34:56 +0900"},
                                         Row{"Jan 15, 2024 12:34", "15-Jan-2024 12:34:00 -0000"},
                                         Row{"2024-01-15T12:34:56.789Z", "15-Jan-2024 12:34:56 +0000"},
                                         Row{"2024-01-15 12:34:56 +0900", "15-Jan-2024 12:34:56 +0900"},
                                         Row{"2024-01-15T12:34:56+09:00", "15-Jan-2024 12:34:56 +0900"},
                                         Row{"2024/01/15 12:34:56", "15-Jan-2024 12:34:56 -0000"},
                                         Row{"15-Jan-2024 12:34:56 +0900", "15-Jan-2024 12:34:56 +0900"},
                                         Row{"15 Jan 2024", "15-Jan-2024 00:00:00 -0000"},
                                         Row{"Mon, 15 Jan 2024 12.34.56 +0900", "15-Jan-2024 12:34:56 +0900"},
                                         Row{"Mon, 15 Jan 2024 12:34:56 +99", "15-Jan-2024 12:34:56 -0000"},
                                         Row{"", ""}, Row{"yesterday", ""}, Row{"31 Feb 2024 00:00 +0000", ""},
                                         Row{"0 Jan 2024", ""}, Row{"15 Jan 2024 25:00 +0000", ""},
                                         Row{"1 Jan 99999", ""}, Row{"31 Dec 9999 23:59:60 +0000", ""},
                                         Row{"99999999999 Jan 2024", ""}));

TEST(Date, keeps_moment_and_zone) {
  DateTime date = parse_date("Wed, 17 Jul 1996 02:44:25 -0700").value();
  EXPECT_EQ(date.time.time_since_epoch().count(), 837596665);
  EXPECT_EQ(date.zone, std::chrono::minutes(-420));
  EXPECT_EQ(format_date(date), "Wed, 17 Jul 1996 02:44:25 -0700");
  EXPECT_EQ(format_date(837596665, -420), "Wed, 17 Jul 1996 02:44:25 -0700");
}

TEST(Date, internal_date_is_strict) {
  EXPECT_TRUE(parse_internal_date("17-Jul-1996 02:44:25 -0700"));
  EXPECT_EQ(parse_internal_date(" 7-jul-1996 02:44:25 -0700").value(),
            parse_internal_date("07-Jul-1996 02:44:25 -0700").value());
  for (std::string_view bad : {"7-Jul-1996 02:44:25 -0700", "17-Jul-1996 02:44:25", "17-Jul-96 02:44:25 -0700",
                               "17-Xxx-1996 02:44:25 -0700", "32-Jul-1996 02:44:25 -0700", "17-Jul-1996 24:44:25 -0700",
                               "17-Jul-1996 02:44:25 -0760", "17-Jul-1996 02:44:25 *0700", ""})
    EXPECT_FALSE(parse_internal_date(bad)) << bad;
}

}  // namespace
}  // namespace yubin::mime
