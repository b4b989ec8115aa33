// Who gets reports on a domain: RFC 9990 section 4, RFC 7489 section 7.1.
#include "deliver/report_destination.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dns/static_resolver.h"

namespace yubin::deliver {
namespace {

using testing::ElementsAre;

constexpr std::string_view kZone = R"($ORIGIN example.
a.example._report._dmarc.yes TXT "v=DMARC1"
a.example._report._dmarc.moved TXT "v=DMARC1; rua=mailto:other@moved.example"
a.example._report._dmarc.away TXT "v=DMARC1; rua=mailto:victim@elsewhere.example"
a.example._report._dmarc.strange TXT "rua=mailto:x@strange.example; v=DMARC1"
no A 192.0.2.1
; !fail a.example._report._dmarc.broken.example. SERVFAIL
)";

std::vector<std::string> texts(std::vector<ReportDestination> const& all) {
  std::vector<std::string> out;
  for (ReportDestination const& one : all) out.push_back(one.address.text());
  return out;
}

Destinations find(std::vector<std::string> const& uris, std::string const& domain = "a.example") {
  dns::StaticResolver resolver{dns::Zone::parse(kZone).value()};
  return find_destinations(resolver, domain, uris);
}

TEST(ReportUri, is_an_address_and_perhaps_a_size) {
  auto parsed = [](std::string_view uri) {
    auto const one = parse_report_uri(uri);
    return one ? one->address.text() + " " + std::to_string(one->most.value_or(0)) : "none";
  };
  EXPECT_EQ(parsed("mailto:a@b.test"), "a@b.test 0");
  EXPECT_EQ(parsed(" MAILTO:a%2bx@b.test!10m "), "a+x@b.test 10485760");
  EXPECT_EQ(parsed("mailto:a@b.test!500"), "a@b.test 500");
  EXPECT_EQ(parsed("mailto:a@b.test!2K"), "a@b.test 2048");
  EXPECT_EQ(parsed("mailto:a@b.test?subject=x"), "a@b.test 0");
  for (char const* uri : {"https://b.test/", "a@b.test", "mailto:", "mailto:a@b.test!x", "mailto:a%4@b.test",
                          "mailto:a@b.test!18446744073709551615t", "mailto:a@[192.0.2.1]", "mailto:a%0d%0a@b.test"})
    EXPECT_EQ(parsed(uri), "none") << uri;
}

TEST(ReportDestination, organizations_begin_below_a_public_suffix) {
  EXPECT_EQ(organizational_domain("a.b.example.com"), "example.com");
  EXPECT_EQ(organizational_domain("mail.example.co.jp"), "example.co.jp");
  EXPECT_EQ(organizational_domain("co.jp"), "co.jp");
  EXPECT_EQ(organizational_domain("test"), "test");
}

TEST(ReportDestination, of_the_same_organization_needs_no_consent) {
  EXPECT_THAT(texts(find({"mailto:r@a.example", "mailto:r@reports.a.example"}).known),
              ElementsAre("r@a.example", "r@reports.a.example"));
}

TEST(ReportDestination, elsewhere_must_agree) {
  EXPECT_THAT(texts(find({"mailto:r@yes.example", "mailto:r@no.example", "mailto:r@strange.example"}).known),
              ElementsAre("r@yes.example"));
  EXPECT_THAT(texts(find({"mailto:r@yes.example"}, "b.example").known), ElementsAre());
}

TEST(ReportDestination, elsewhere_may_name_another_address_of_its_own_only) {
  EXPECT_THAT(texts(find({"mailto:r@moved.example"}).known), ElementsAre("other@moved.example"));
  EXPECT_THAT(texts(find({"mailto:r@away.example"}).known), ElementsAre());
}

TEST(ReportDestination, while_dns_does_not_tell_it_is_not_known) {
  Destinations const found = find({"mailto:r@broken.example", "mailto:r@a.example"});
  EXPECT_FALSE(found.complete);
  EXPECT_THAT(texts(found.known), ElementsAre("r@a.example"));
}

TEST(ReportDestination, are_so_many_at_most) {
  EXPECT_EQ(find(std::vector<std::string>(100, "mailto:r@a.example")).known.size(), kMostDestinations);
}

}  // namespace
}  // namespace yubin::deliver
