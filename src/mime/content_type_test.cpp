#include "mime/content_type.h"

#include <gtest/gtest.h>

namespace yubin::mime {
namespace {

std::string show(Parameters const& parameters) {
  std::string out;
  for (Parameter const& p : parameters) out += "|" + p.name + "=" + p.value;
  return out;
}

struct Row {
  std::string_view input;
  std::string_view shown;
};

class ContentTypes : public testing::TestWithParam<Row> {};

TEST_P(ContentTypes, parse) {
  auto parsed = parse_content_type(GetParam().input);
  EXPECT_EQ(parsed ? parsed->type + "/" + parsed->subtype + show(parsed->parameters) : "none", GetParam().shown)
      << GetParam().input;
}

INSTANTIATE_TEST_SUITE_P(
    rfc2045, ContentTypes,
    testing::Values(Row{"text/plain", "text/plain"},
                    Row{"Text/HTML;Charset=\"iso-2022-jp\"", "text/html|charset=iso-2022-jp"},
                    Row{"text/plain; charset=us-ascii (Plain text)", "text/plain|charset=us-ascii"},
                    Row{"(c) text (c) / (c) plain ; (c) a = (c) b ; c=d", "text/plain|a=b|c=d"},
                    Row{R"(a/b; x="q\"u;o\\te"; y=z)", R"(a/b|x=q"u;o\te|y=z)"},
                    Row{"a/b; filename*0*=utf-8''%E3; filename*1=x", "a/b|filename*0*=utf-8''%E3|filename*1=x"}));

INSTANTIATE_TEST_SUITE_P(
    wild, ContentTypes,
    testing::Values(Row{"", "none"}, Row{"nonsense", "none"}, Row{"/plain", "none"}, Row{"text", "text/plain"},
                    Row{"text; charset=shift_jis", "text/plain|charset=shift_jis"},
                    Row{"multipart; boundary=x", "multipart/mixed|boundary=x"},
                    Row{"text/plain charset=x", "text/plain|charset=x"},
                    Row{"text/plain; charset=\"x\" format=flowed", "text/plain|charset=x|format=flowed"},
                    Row{"text/plain; charset=x format=flowed", "text/plain|charset=x|format=flowed"},
                    Row{"text/plain;; charset=x;", "text/plain|charset=x"},
                    Row{"a/b; name=two words.pdf; c=d", "a/b|name=two words.pdf|c=d"},
                    Row{"a/b; name=; c=d", "a/b|name=|c=d"}, Row{"a/b; name; c=d", "a/b|c=d"},
                    Row{"a/b; boundary=----=_Part_1=2", "a/b|boundary=----=_Part_1=2"},
                    Row{"a/b; name==?ISO-2022-JP?B?GyRCOzMbKEI=?= =?ISO-2022-JP?B?GyRCOzMbKEI=?=; c=d",
                        "a/b|name==?ISO-2022-JP?B?GyRCOzMbKEI=?= =?ISO-2022-JP?B?GyRCOzMbKEI=?=|c=d"},
                    Row{"a/b; name=\"\x95\x5c\"; c=d", "a/b|name=\x95\x5c|c=d"},
                    Row{"a/b; name=\"\x1b$B\"\\;\x1b(B\"; c=d", "a/b|name=\x1b$B\"\\;\x1b(B|c=d"},
                    Row{"a/b; name=\"unclosed; c=d", "a/b|name=\"unclosed|c=d"}, Row{"a/b; (x=y; c=d", "a/b|c=d"},
                    Row{"a/b; name=\"a\" tail; c=d", "a/b|name=a|c=d"}));

TEST(ContentDisposition, parse) {
  Disposition d = parse_disposition("Attachment; filename=a.txt; size=3");
  EXPECT_EQ(d.type + show(d.parameters), "attachment|filename=a.txt|size=3");
  d = parse_disposition("filename=\"a.txt\"");
  EXPECT_EQ(d.type + show(d.parameters), "attachment|filename=a.txt");
  EXPECT_EQ(parse_disposition("").type, "");
}

TEST(ContentType, parameters_are_limited_and_found_by_name) {
  auto parsed = parse_content_type("a/b; c=1; d=2; c=3; e=4", 3);
  EXPECT_EQ(show(parsed->parameters), "|c=1|d=2|c=3");
  EXPECT_EQ(find_parameter(parsed->parameters, "c")->value, "1");
  EXPECT_EQ(find_parameter(parsed->parameters, "e"), nullptr);
}

}  // namespace
}  // namespace yubin::mime
