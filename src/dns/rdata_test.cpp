#include "dns/rdata.h"

#include <gtest/gtest.h>

namespace yubin::dns {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

TEST(Rdata, has_the_form_of_its_type) {
  EXPECT_EQ(parse_rdata(RecordType::a, "\xc0\x00\x02\x01"sv), Record(IpAddress::parse("192.0.2.1").value()));
  EXPECT_EQ(parse_rdata(RecordType::mx, "\x00\x0a\x02Mx\x04test\x00"sv), Record((Mx{10, "mx.test"})));
  EXPECT_EQ(parse_rdata(RecordType::mx, "\x00\x00\x00"sv), Record((Mx{0, ""})));
  EXPECT_EQ(parse_rdata(RecordType::ptr, "\x02mx\x04test\x00"sv), Record((Ptr{"mx.test"})));
  EXPECT_EQ(parse_rdata(RecordType::cname, "\x02mx\x04test\x00"sv), Record((Cname{"mx.test"})));
  EXPECT_EQ(parse_rdata(RecordType::srv, "\x00\x01\x00\x02\x01\xbb\x02mx\x04test\x00"sv),
            Record((Srv{1, 2, 443, "mx.test"})));
  EXPECT_EQ(parse_rdata(RecordType::txt,
                        "\x02mx\x00\x03"
                        "ab\x00"sv),
            Record((Txt{"mxab\0"s})));
  EXPECT_EQ(parse_rdata(RecordType::tlsa, "\x03\x01\x01\xff"sv), Record((Tlsa{3, 1, 1, "\xff"})));
  EXPECT_EQ(parse_rdata(RecordType::caa, "\x80\x05Issueca.test"sv), Record((Caa{128, "issue", "ca.test"})));
  EXPECT_EQ(parse_rdata(RecordType::caa, "\x00\x05issue"sv), Record((Caa{0, "issue", ""})));
}

TEST(Rdata, of_another_form_is_none) {
  for (std::string_view const data : {""sv, "\xc0\x00\x02"sv, "\xc0\x00\x02\x01\x00"sv})
    EXPECT_EQ(parse_rdata(RecordType::a, data), std::nullopt);
  EXPECT_EQ(parse_rdata(RecordType::aaaa, "\xc0\x00\x02\x01"sv), std::nullopt);
  for (std::string_view const data :
       {""sv, "\x00"sv, "\x00\x0a"sv, "\x00\x0a\x02mx"sv, "\x00\x0a\x02mx\x04tes"sv, "\x00\x0a\x00\x00"sv,
        "\x00\x0a\xc0\x0c"sv, "\x00\x0a\x03m.x\x00"sv, "\x00\x0a\x03m\tx\x00"sv})
    EXPECT_EQ(parse_rdata(RecordType::mx, data), std::nullopt);
  EXPECT_EQ(parse_rdata(RecordType::srv, "\x00\x01\x00\x02\x01\xbb"sv), std::nullopt);
  EXPECT_EQ(parse_rdata(RecordType::txt, ""sv), std::nullopt);
  EXPECT_EQ(parse_rdata(RecordType::txt, "\x03xy"sv), std::nullopt);
  EXPECT_EQ(parse_rdata(RecordType::tlsa, "\x03\x01\x01"sv), std::nullopt);
  for (std::string_view const data : {""sv, "\x00"sv, "\x00\x00"sv, "\x00\x05issu"sv, "\x00\x05is-ue"sv})
    EXPECT_EQ(parse_rdata(RecordType::caa, data), std::nullopt);
}

}  // namespace
}  // namespace yubin::dns
