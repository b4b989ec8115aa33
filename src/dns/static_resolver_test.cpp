#include "dns/static_resolver.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "dns/name.h"

namespace yubin::dns {
namespace {

constexpr std::string_view kZone = R"($ORIGIN example.test.
$TTL 2h
@ IN SOA ns admin ( 1 2   ; serial and more
                    3 4 5 )
@            IN NS  ns
@ 60         MX 10  mx
             MX     20 mx2.other.test.
MX     IN 1d A      192.0.2.1
       1h30m IN A   192.0.2.2
       AAAA         2001:db8::1
www          CNAME  MX.example.test.
far          CNAME  gone.test.
loop         CNAME  loop2
loop2        CNAME  loop
*.wild       TXT    "any \"thing\"" here\;
a.b.c        A      192.0.2.3
@            TXT    "v=spf1 " "mx -all"
_25._tcp.mx  TLSA   3 1 1 ( 00ff
                            AB )
1.2.0.192.in-addr.arpa. PTR mx
null.test.   MX 0 .
_imaps._tcp  SRV 0 1 993 mx
mx           CAA 128 Issue "ca.test; a=b"
; !fail servfail.test. SERVFAIL
; !fail slow.test. TIMEOUT
; !fail forged.test. BOGUS
; !secure example.test.
; !secure gone.test.
; just a comment
)";

std::string text(Record const& record) {
  struct Print {
    std::string operator()(IpAddress const& a) const { return a.text(); }
    std::string operator()(Mx const& m) const { return fmt::format("{} {}.", m.preference, m.exchange); }
    std::string operator()(Txt const& t) const { return t.text; }
    std::string operator()(Ptr const& p) const { return p.name; }
    std::string operator()(Cname const& c) const { return c.target; }
    std::string operator()(Srv const& s) const {
      return fmt::format("{} {} {} {}", s.priority, s.weight, s.port, s.target);
    }
    std::string operator()(Caa const& c) const { return fmt::format("{} {} {}", c.flags, c.tag, c.value); }
    std::string operator()(Tlsa const& t) const {
      return fmt::format("{} {} {} {}", t.usage, t.selector, t.matching_type, to_hex(t.data));
    }
  };
  return std::visit(Print(), record);
}

std::string ask(RecordType type, std::string_view name) {
  StaticResolver resolver(Zone::parse(kZone).value());
  std::string out;
  resolver.look_up({type, std::string(name)}, [&](Answer answer) {
    constexpr std::string_view kStatus[] = {"found", "no name", "no data", "temporary", "bogus"};
    out = kStatus[static_cast<std::size_t>(answer.status)];
    for (Record const& record : answer.records) out += " [" + text(record) + "]";
    if (!answer.why.empty()) out += " " + answer.why;
    if (answer.canonical_name != name && !answer.canonical_name.empty()) out += " at " + answer.canonical_name;
    if (answer.secure) out += " secure";
    if (answer.status == Status::found) out += fmt::format(" {}s", answer.ttl.count());
  });
  return out;
}

TEST(StaticResolver, answers_from_the_zone) {
  EXPECT_EQ(ask(RecordType::mx, "example.test"), "found [10 mx.example.test.] [20 mx2.other.test.] secure 60s");
  EXPECT_EQ(ask(RecordType::a, "mx.example.test"), "found [192.0.2.1] [192.0.2.2] secure 3600s");
  EXPECT_EQ(ask(RecordType::aaaa, "mx.example.test"), "found [2001:db8::1] secure 3600s");
  EXPECT_EQ(ask(RecordType::txt, "example.test"), "found [v=spf1 mx -all] secure 3600s");
  EXPECT_EQ(ask(RecordType::tlsa, "_25._tcp.mx.example.test"), "found [3 1 1 00ffab] secure 3600s");
  EXPECT_EQ(ask(RecordType::ptr, "1.2.0.192.in-addr.arpa"), "found [mx.example.test] 3600s");
  EXPECT_EQ(ask(RecordType::mx, "null.test"), "found [0 .] 3600s");
  EXPECT_EQ(ask(RecordType::srv, "_imaps._tcp.example.test"), "found [0 1 993 mx.example.test] secure 3600s");
  EXPECT_EQ(ask(RecordType::caa, "mx.example.test"), "found [128 issue ca.test; a=b] secure 3600s");
  EXPECT_EQ(ask(RecordType::cname, "www.example.test"), "found [mx.example.test] secure 3600s");
  EXPECT_EQ(ask(RecordType::cname, "mx.example.test"), "no data secure");
}

TEST(StaticResolver, tells_no_data_from_no_such_name) {
  EXPECT_EQ(ask(RecordType::mx, "mx.example.test"), "no data secure");
  EXPECT_EQ(ask(RecordType::a, "no.example.test"), "no name secure");
  EXPECT_EQ(ask(RecordType::a, "arpa"), "no data");
  EXPECT_EQ(ask(RecordType::a, "nowhere.test"), "no name");
  EXPECT_EQ(ask(RecordType::a, "b.c.example.test"), "no data secure");
}

TEST(StaticResolver, follows_aliases_and_no_loop) {
  EXPECT_EQ(ask(RecordType::aaaa, "www.example.test"), "found [2001:db8::1] at mx.example.test secure 3600s");
  EXPECT_EQ(ask(RecordType::a, "far.example.test"), "no data at gone.test secure");
  EXPECT_EQ(ask(RecordType::a, "loop.example.test"), "temporary a loop of CNAMEs");
}

TEST(StaticResolver, wildcards_cover_what_does_not_exist) {
  EXPECT_EQ(ask(RecordType::txt, "x.wild.example.test"), "found [any \"thing\"here;] secure 3600s");
  EXPECT_EQ(ask(RecordType::txt, "x.y.wild.example.test"), "found [any \"thing\"here;] secure 3600s");
  EXPECT_EQ(ask(RecordType::a, "x.wild.example.test"), "no data secure");
  EXPECT_EQ(ask(RecordType::txt, "wild.example.test"), "no data secure");
}

TEST(StaticResolver, fails_where_it_is_told_to) {
  EXPECT_EQ(ask(RecordType::mx, "servfail.test"), "temporary SERVFAIL");
  EXPECT_EQ(ask(RecordType::mx, "slow.test"), "temporary timeout");
  EXPECT_EQ(ask(RecordType::mx, "forged.test"), "bogus DNSSEC says that the answer is forged");
  EXPECT_EQ(ask(RecordType::mx, "a..b"), "temporary not a domain name");
}

TEST(Zone, says_what_is_wrong_and_where) {
  auto error = [](std::string_view zone) {
    auto const parsed = Zone::parse(zone);
    return parsed ? "" : parsed.error().detail;
  };
  EXPECT_EQ(error("a.test. A 192.0.2.1\n\nb.test. A 2001:db8::1\n"), "line 3: A has one IPv4 address");
  EXPECT_EQ(error("a.test. AAAA 192.0.2.1\n"), "line 1: AAAA has one IPv6 address");
  EXPECT_EQ(error("a.test. MX mx\n"), "line 1: MX has a preference and a name");
  EXPECT_EQ(error("a.test. MX 65536 mx\n"), "line 1: MX has a preference and a name");
  EXPECT_EQ(error("a.test. LOC 1\n"), "line 1: \"LOC\" is no type that is known here");
  EXPECT_EQ(error("a.test. TXT \"x\n"), "line 2: the quoted string is not closed");
  EXPECT_EQ(error("a.test. TXT ( x\n"), "line 1: the parenthesis is not closed");
  EXPECT_EQ(error("a.test. TXT )\n"), "line 1: parentheses do not match");
  EXPECT_EQ(error("a..test. A 192.0.2.1\n"), "line 1: \"a..test.\" is no domain name");
  EXPECT_EQ(error(" A 192.0.2.1\n"), "line 1: the first record has no name");
  EXPECT_EQ(error("a.test. 60 IN\n"), "line 1: the record has no type");
  EXPECT_EQ(error("$INCLUDE x\n"), "line 1: only $ORIGIN NAME and $TTL TIME are known");
  EXPECT_EQ(error("; !fail a.test. OFTEN\n"), "line 1: !fail takes SERVFAIL, TIMEOUT or BOGUS");
  EXPECT_EQ(error("; !secure\n"), "line 1: a line \"; !\" is !fail or !secure");
  EXPECT_EQ(error("a.test. SRV 0 1 x\n"), "line 1: SRV has a priority, a weight, a port and a name");
  EXPECT_EQ(error("a.test. TLSA 3 1 1 0f0\n"), "line 1: TLSA has three numbers and data in hexadecimal");
  EXPECT_EQ(error("a.test. TXT \\300\n"), "line 1: a backslash is followed by a character or by three digits");
}

TEST(Name, is_made_uniform) {
  EXPECT_EQ(normal_name("Mx.Example.ORG."), "mx.example.org");
  EXPECT_EQ(normal_name("."), "");
  EXPECT_EQ(normal_name(""), std::nullopt);
  EXPECT_EQ(normal_name("a..b"), std::nullopt);
  EXPECT_EQ(normal_name("a b.test"), "a b.test");  // odd, but macros of SPF make such names
  EXPECT_EQ(normal_name("a\tb.test"), std::nullopt);
  EXPECT_EQ(normal_name(std::string(64, 'a') + ".test"), std::nullopt);
}

}  // namespace
}  // namespace yubin::dns
