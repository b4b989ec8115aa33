// libunbound as it is set up here, against a name server on loopback.
#include "dns/unbound_resolver.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "tests/kit/dns_responder.h"

namespace yubin::dns {
namespace {

using kit::DnsResponder;
using kit::wire16;
using kit::wire_name;
using Response = DnsResponder::Response;

constexpr unsigned kA = 1;
constexpr unsigned kCname = 5;
constexpr unsigned kMx = 15;
constexpr unsigned kTxt = 16;
constexpr unsigned kRrsig = 46;
constexpr unsigned kDnskey = 48;
std::string const kAddress("\xc0\x00\x02\x01", 4);

Answer ask(Resolver& resolver, RecordType type, std::string name) {
  std::promise<Answer> promise;
  resolver.look_up({type, std::move(name)}, [&](Answer answer) { promise.set_value(std::move(answer)); });
  return promise.get_future().get();
}

struct Unbound : testing::Test {
  void serve(DnsResponder::Script script, UnboundOptions options = {}) {
    responder.emplace(std::move(script));
    options.forwarders = {responder->address()};
    resolver = UnboundResolver::make(options).value();
  }
  Answer ask(RecordType type, std::string name) { return dns::ask(*resolver, type, std::move(name)); }

  std::optional<DnsResponder> responder;
  std::unique_ptr<UnboundResolver> resolver;
};

TEST_F(Unbound, gives_what_the_server_says) {
  serve([](std::string_view name, unsigned type) -> Response {
    if (name == "example.test" && type == kMx)
      return {.answers = {{"example.test", kMx, wire16(10) + wire_name("Mx.example.test"), 77},
                          {"example.test", kMx, wire16(0) + wire_name("")}}};
    if (name == "text.test" && type == kTxt)
      return {.answers = {{"text.test", kTxt,
                           "\x03"
                           "abc\x02"
                           "de"}}};
    if (name == "alias.test" && type == kA)
      return {.answers = {{"alias.test", kCname, wire_name("real.test")}, {"real.test", kA, kAddress}}};
    if (name == "real.test" && type == kA) return {.answers = {{"real.test", kA, kAddress}}};
    return {.rcode = name == "gone.test" ? 3 : 0};
  });
  Answer const mx = ask(RecordType::mx, "example.test");
  EXPECT_EQ(mx.status, Status::found);
  ASSERT_EQ(mx.records.size(), 2U);
  EXPECT_THAT(mx.records, testing::Contains(Record(Mx{10, "mx.example.test"})));
  EXPECT_THAT(mx.records, testing::Contains(Record(Mx{0, ""})));
  EXPECT_EQ(mx.ttl, std::chrono::seconds(77));
  EXPECT_FALSE(mx.secure);
  EXPECT_EQ(ask(RecordType::txt, "text.test").records, std::vector<Record>{Txt{"abcde"}});
  Answer const alias = ask(RecordType::a, "alias.test");
  EXPECT_EQ(alias.canonical_name, "real.test");
  EXPECT_EQ(alias.records, std::vector<Record>{IpAddress::v4({192, 0, 2, 1})});
  EXPECT_EQ(ask(RecordType::a, "gone.test").status, Status::no_such_name);
  EXPECT_EQ(ask(RecordType::a, "empty.test").status, Status::no_data);
}

TEST_F(Unbound, every_failure_is_temporary) {
  serve([](std::string_view name, unsigned) -> Response {
    if (name == "refused.test") return {.rcode = 5};
    if (name == "loop.test") return {.answers = {{"loop.test", kCname, wire_name("loop.test")}}};
    if (name == "garbage.test") return {.instead = "\x85\x80\xff\xff\xff\xff"};
    return {.rcode = 2};
  });
  EXPECT_EQ(ask(RecordType::a, "servfail.test").why, "SERVFAIL");
  for (std::string const name : {"servfail.test", "refused.test", "loop.test"}) {
    Answer const answer = ask(RecordType::a, name);
    EXPECT_EQ(answer.status, Status::temporary) << name;
    EXPECT_FALSE(answer.why.empty()) << name;
    EXPECT_FALSE(answer.secure) << name;
  }
  EXPECT_EQ(ask(RecordType::a, "a..b").status, Status::temporary);
  EXPECT_EQ(ask(RecordType::a, "").status, Status::temporary);
}

TEST_F(Unbound, who_does_not_answer_is_not_waited_for) {
  serve(
      [](std::string_view name, unsigned) -> Response {
        if (name == "garbage.test") return {.instead = "\x85\x80\xff\xff\xff\xff"};
        return {.silent = true};
      },
      {.timeout = std::chrono::milliseconds(30)});
  for (std::string const name : {"silent.test", "garbage.test", "silent.test"}) {
    Answer const answer = ask(RecordType::a, name);
    EXPECT_EQ(answer.status, Status::temporary) << name;
    EXPECT_EQ(answer.why, "timeout") << name;
  }
}

TEST_F(Unbound, who_still_waits_is_told_when_the_resolver_goes) {
  serve([](std::string_view, unsigned) { return Response{.silent = true}; }, {.max_waiting = 2});
  std::vector<std::string> told;
  for (std::string const name : {"a.test", "b.test", "c.test"})
    resolver->look_up({RecordType::a, name},
                      [&told, name](Answer const& answer) { told.push_back(name + " " + answer.why); });
  EXPECT_EQ(told, std::vector<std::string>{"c.test too many questions at once"});
  resolver.reset();
  std::ranges::sort(told);
  EXPECT_EQ(told, (std::vector<std::string>{"a.test the resolver stops", "b.test the resolver stops",
                                            "c.test too many questions at once"}));
}

TEST_F(Unbound, signatures_are_checked) {
  kit::ZoneKey const key("test");
  serve(
      [&key](std::string_view name, unsigned type) -> Response {
        std::string const owner(name);
        if (name == "test" && type == kDnskey)
          return {.answers = {{"test", kDnskey, key.dnskey()},
                              {"test", kRrsig, key.sign("test", kDnskey, 300, {key.dnskey()})}}};
        if (type != kA) return {.rcode = 2};
        std::string signature = key.sign(owner, kA, 300, {kAddress});
        if (name == "forged.test") signature.back() ^= 1;
        Response response{.answers = {{owner, kA, kAddress}}};
        if (name != "unsigned.test") response.answers.push_back({owner, kRrsig, signature});
        return response;
      },
      {.trust_anchors = {key.anchor()}});
  Answer const good = ask(RecordType::a, "good.test");
  EXPECT_EQ(good.status, Status::found) << good.why;
  EXPECT_TRUE(good.secure);
  Answer const forged = ask(RecordType::a, "forged.test");
  EXPECT_EQ(forged.status, Status::bogus);
  EXPECT_FALSE(forged.secure);
  EXPECT_FALSE(forged.why.empty());
  EXPECT_TRUE(forged.records.empty());
  Answer const bare = ask(RecordType::a, "unsigned.test");
  EXPECT_EQ(bare.status, Status::bogus) << bare.why;
}

TEST(UnboundResolver, says_what_is_wrong_in_its_options) {
  EXPECT_FALSE(UnboundResolver::make({.forwarders = {"ns.example.test"}}).has_value());
  EXPECT_FALSE(UnboundResolver::make({.trust_anchors = {"not a record"}}).has_value());
}

}  // namespace
}  // namespace yubin::dns
