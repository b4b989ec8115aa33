#include "dns/zone_text.h"

#include <gtest/gtest.h>

#include "dns/static_resolver.h"
#include "dns/watched_resolver.h"

namespace yubin::dns {
namespace {

TEST(ZoneText, reads_back_as_it_was) {
  std::string bytes;
  for (int i = 1; i < 256; ++i) bytes += static_cast<char>(i);
  for (std::string const& text : {std::string("v=spf1 -all"), std::string(255, 'x'), std::string(256, 'x'),
                                  std::string(600, '"'), std::string(), bytes + bytes}) {
    Result<Zone> zone = Zone::parse("a.test. TXT " + txt_strings(text) + "\n");
    ASSERT_TRUE(zone) << zone.error().detail;
    Answer const answer = StaticResolver(*std::move(zone)).answer({RecordType::txt, "a.test"});
    ASSERT_EQ(answer.records.size(), 1u);
    EXPECT_EQ(std::get<Txt>(answer.records[0]).text, text);
  }
  EXPECT_EQ(txt_strings("a;b"), "\"a;b\"");
}

TEST(ZoneText, records_read_back_as_they_were) {
  Record const records[] = {IpAddress::parse("192.0.2.1").value(),
                            Mx{10, "mx.a.test"},
                            Mx{0, ""},
                            Srv{0, 1, 993, "mx.a.test"},
                            Srv{0, 0, 0, ""},
                            Tlsa{3, 1, 1, "\x01\xff"},
                            Txt{"a \"b\""},
                            Cname{"b.test"},
                            Ptr{"c.test"},
                            Caa{0, "issue", "ca.test; policy=\"x\""},
                            Caa{128, "iodef", std::string(300, 'x')}};
  RecordType const types[] = {RecordType::a,   RecordType::mx,   RecordType::mx,  RecordType::srv,
                              RecordType::srv, RecordType::tlsa, RecordType::txt, RecordType::cname,
                              RecordType::ptr, RecordType::caa,  RecordType::caa};
  for (std::size_t i = 0; i < std::size(records); ++i) {
    std::string const line = "a.test. " + std::string(to_string(types[i])) + " " + rdata_text(records[i]) + "\n";
    Result<Zone> zone = Zone::parse(line);
    ASSERT_TRUE(zone) << line << zone.error().detail;
    Answer const answer = StaticResolver(*std::move(zone)).answer({types[i], "a.test"});
    ASSERT_EQ(answer.records.size(), 1u) << line;
    EXPECT_EQ(answer.records[0], records[i]) << line;
  }
}

}  // namespace
}  // namespace yubin::dns
