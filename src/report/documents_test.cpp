// What many parts together may cost; mails with reports are in tests/reports.
#include "report/documents.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mime/transfer.h"
#include "report/gzip.h"

namespace yubin::report {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string mail(std::vector<std::string> const& parts) {
  std::string out = "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n";
  for (std::string const& part : parts)
    out += "\r\n--b\r\nContent-Type: application/gzip\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
           mime::encode_base64_body(part);
  return out + "\r\n--b--\r\n";
}

TEST(Documents, what_is_broken_costs_as_much_as_what_is_not) {
  std::string broken = gzip(std::string(1'000'000, 'x'));
  broken.pop_back();
  Documents const documents = find_documents(mail({broken, broken, broken, gzip("<feedback/>")}), {.bytes = 1'500'000});
  EXPECT_TRUE(documents.found.empty());
  EXPECT_THAT(documents.problems, ElementsAre(HasSubstr("too early"), HasSubstr("unpacks to more"),
                                              HasSubstr("unpacks to more"), HasSubstr("unpacks to more")));
}

}  // namespace
}  // namespace yubin::report
