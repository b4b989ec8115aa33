#include "policy/author.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace yubin::policy {
namespace {

using namespace std::string_view_literals;

std::string author(std::string_view header) {
  Author const found = author_of(mime::HeaderSection::parse(std::string(header) + "\r\n\r\n"));
  EXPECT_EQ(found.domains.empty(), !found.problem.empty()) << found.problem;
  return found.domains.empty() ? "nobody" : fmt::format("{}", fmt::join(found.domains, " "));
}

// What forgers write so that one program sees this author and another that one: whoever may be seen is among those
// that must be vouched for, or there is nobody who can be.
TEST(Author, is_who_people_may_see) {
  struct Row {
    std::string_view header;
    std::string_view author;
  };
  constexpr Row kRows[] = {
      {"From: a@one.test", "one.test"},
      {"FROM : a@one.test", "one.test"},
      {"From: A <a@ONE.test.>", "one.test"},
      {"From:\r\n A\r\n <a@one.test>", "one.test"},
      {"From: a@b\xc3\xbc"
       "cher.test",
       "xn--bcher-kva.test"},
      {"Subject: x", "nobody"},
      {"From:", "nobody"},
      {"From: <>", "nobody"},
      {"From: one.test", "nobody"},
      {"From: a@one", "nobody"},
      {"From: a@[192.0.2.1]", "nobody"},
      {"From: a@one.test\r\nFrom: b@two.test", "nobody"},
      {"From: a@one.test\r\nSubject: x\r\nfrom : b@one.test", "nobody"},
      {"From: a@one.test, b@two.test", "one.test two.test"},
      {"From: a@one.test b@two.test", "one.test two.test"},
      {"From: <a@one.test><b@two.test>", "one.test two.test"},
      {"From: <a@one.test>, <b@one.test>", "one.test"},
      {"From: Us: a@one.test, b@two.test;", "one.test two.test"},
      {"From: nobody:;", "nobody"},
      {"From: \"b@two.test\" <a@one.test>", "one.test"},
      {"From: b@two.test <a@one.test>", "one.test"},
      {"From: (b@two.test) a@one.test", "one.test"},
      {"From: a@one.test (b@two.test)", "one.test"},
      {"From: =?utf-8?q?b=40two.test?= <a@one.test>", "one.test"},
      {"From: \"a@two.test,\"@one.test", "one.test"},
      {"From: a@one.test\0@two.test"sv, "nobody"},
      {"Sender: b@two.test\r\nFrom: a@one.test", "one.test"},
      {"Resent-From: b@two.test\r\nFrom: a@one.test", "one.test"},
      {"From: <@two.test:a@one.test>", "one.test"},
      {"From: a@a.test,a@b.test,a@c.test,a@d.test,a@e.test", "nobody"},
  };
  for (Row const& row : kRows) EXPECT_EQ(author(row.header), row.author) << row.header;
}

TEST(Author, of_a_header_section_that_is_too_large_is_not_known) {
  mime::HeaderSection const header = mime::HeaderSection::parse(
      "From: a@one.test\r\nX: " + std::string(2000, 'x') + "\r\nFrom: b@two.test\r\n\r\n", {.bytes = 1000});
  EXPECT_TRUE(author_of(header).domains.empty());
}

}  // namespace
}  // namespace yubin::policy
