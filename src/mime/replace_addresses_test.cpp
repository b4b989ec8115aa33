#include "mime/replace_addresses.h"

#include <gtest/gtest.h>

namespace yubin::mime {
namespace {

std::string replaced(std::string_view value) {
  return replace_addresses(value, [](Address const& one) -> std::optional<Address> {
    if (one.domain().text() != "host.example.org") return std::nullopt;
    return Address(one.local_part(), Domain::parse("example.org").value());
  });
}

struct Row {
  std::string_view in;
  std::string_view out;
};

TEST(ReplaceAddresses, leaves_all_else_as_it_was) {
  Row const rows[] = {
      {"root@host.example.org", "root@example.org"},
      {" \"Cron, root@host.example.org\" <root@HOST.example.org>\r\n",
       " \"Cron, root@host.example.org\" <root@example.org>\r\n"},
      {" root@host.example.org (root@host.example.org)", " root@example.org (root@host.example.org)"},
      {" a@x.test, b@host.example.org,\r\n\tc@host.example.org;", " a@x.test, b@example.org,\r\n\tc@example.org;"},
      {" group: <a@host.example.org>;", " group: <a@example.org>;"},
      {" \"a b\"@host.example.org", " \"a b\"@example.org"},
      {" \"a \\\" b\" <c@host.example.org>", " \"a \\\" b\" <c@example.org>"},
      {" \"never closed <c@host.example.org>", " \"never closed <c@host.example.org>"},
      {" (never closed <c@host.example.org>", " (never closed <c@host.example.org>"},
      {" a @ host.example.org", " a @ host.example.org"},  // old: passed on as it is
      {" @host.example.org", " @host.example.org"},
      {" a@[192.0.2.1]", " a@[192.0.2.1]"},
      {" \x1b$B@h(B@\x1b(B <a@host.example.org>", " \x1b$B@h(B@\x1b(B <a@example.org>"},
      {" =?utf-8?q?a=40host=2Eexample=2Eorg?= <a@host.example.org>",
       " =?utf-8?q?a=40host=2Eexample=2Eorg?= <a@example.org>"},
      {"", ""},
  };
  for (Row const& row : rows) EXPECT_EQ(replaced(row.in), row.out) << row.in;
}

}  // namespace
}  // namespace yubin::mime
