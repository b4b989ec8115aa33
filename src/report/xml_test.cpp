#include "report/xml.h"

#include <gtest/gtest.h>

namespace yubin::report {
namespace {

// Writes down what it is told.
class Trace final : public XmlHandler {
 public:
  Result<> begin(std::string_view name) override {
    text += "<" + std::string(name) + ">";
    return {};
  }
  Result<> end(std::string_view name, std::string content) override {
    text += content + "</" + std::string(name) + ">";
    if (name == "bad") return fail(Errc::conflict, "bad");
    return {};
  }
  std::string text;
};

std::string walk(std::string_view document, XmlLimits const& limits = {}) {
  Trace trace;
  Result<> const result = read_xml(document, limits, trace);
  return result ? trace.text : std::string(to_string(result.error().code));
}

TEST(Xml, is_walked_through) {
  EXPECT_EQ(walk("<a><b>1</b> <c/></a>"), "<a><b>1</b><c></c> </a>");
  EXPECT_EQ(walk("<x:a xmlns:x='urn:x' y='1'><x:b>&lt;&amp;<![CDATA[<]]></x:b></x:a>"), "<a><b><&<</b></a>");
}

TEST(Xml, white_space_before_and_anything_behind_are_passed_over) {
  EXPECT_EQ(walk("\r\n <?xml version='1.0'?><a/>"), "<a></a>");
  EXPECT_EQ(walk("\xef\xbb\xbf\n<?xml version='1.0'?><a/>"), "<a></a>");
  EXPECT_EQ(walk("<a/>\r\n-- \r\nA footer & more"), "<a></a>");
  EXPECT_EQ(walk(std::string_view("<a/>\0\0\0", 7)), "<a></a>");
}

TEST(Xml, the_bytes_decide_what_it_is_in) {
  EXPECT_EQ(walk("<?xml version='1.0' encoding='iso-8859-1'?><a>\xfc</a>"), "<a>ü</a>");
  EXPECT_EQ(walk("<?xml version='1.0' encoding='UTF-16'?><a>\xc3\xbc</a>"), "<a>ü</a>");
  EXPECT_EQ(walk("<?xml version='1.0' encoding='nobody-knows'?><a>\xc3\xbc</a>"), "<a>ü</a>");
  EXPECT_EQ(walk(std::string_view("\xff\xfe<\0a\0>\0\x22\x30<\0/\0a\0>\0", 18)), "<a>\xe3\x80\xa2</a>");
  EXPECT_EQ(walk(std::string_view("\0<\0a\0/\0>", 8)), "<a></a>");
}

TEST(Xml, a_document_type_is_refused) {
  EXPECT_EQ(walk("<!DOCTYPE a><a/>"), "syntax");
  EXPECT_EQ(walk("<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>"), "syntax");
  EXPECT_EQ(walk("<a>&b;</a>"), "syntax");
}

TEST(Xml, limits_are_kept) {
  EXPECT_EQ(walk("<a><a><a/></a></a>", {.depth = 2}), "limit");
  EXPECT_EQ(walk("<a><b/><b/></a>", {.elements = 2}), "limit");
  EXPECT_EQ(walk("<a>12345</a>", {.text = 3}), "<a>123</a>");
}

TEST(Xml, what_is_broken_and_what_the_handler_refuses_is_an_error) {
  EXPECT_EQ(walk(""), "syntax");
  EXPECT_EQ(walk("<a>"), "syntax");
  EXPECT_EQ(walk("<a></b>"), "syntax");
  EXPECT_EQ(walk("<a><bad/><b/></a>"), "conflict");
}

TEST(Xml, text_is_written_so_that_it_is_read_as_it_was) {
  EXPECT_EQ(xml_text("a<b>&\"'\x01\n"), "a&lt;b&gt;&amp;&quot;&#39;\n");
  EXPECT_EQ(walk("<a>" + xml_text("a<b>&\"'") + "</a>"), "<a>a<b>&\"'</a>");
}

}  // namespace
}  // namespace yubin::report
