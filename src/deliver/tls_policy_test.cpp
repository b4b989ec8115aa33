// What the journal says about TLS.
#include "deliver/tls_policy.h"

#include <gtest/gtest.h>

namespace yubin::deliver {
namespace {

using Kind = TlsPolicy::Kind;
using Verdict = tls::PeerCheck::Verdict;

std::string secured(TlsPolicy const& policy, tls::PeerCheck peer) {
  tls::Facts const facts{
      .version = "TLSv1.3", .cipher = "AES", .server_name = "", .peer = std::move(peer), .bindings = {}};
  return secured_way(policy, facts).text();
}

TEST(Way, tells_who_vouched_for_the_certificate) {
  TlsPolicy const dane{.kind = Kind::dane, .wanted = {.names = {"mx.test", "test"}}, .source = "DANE"};
  EXPECT_EQ(secured(dane, {.verdict = Verdict::good, .tlsa = "3 1 1"}),
            "TLSv1.3 AES; tls policy: required, with a certificate that matches the TLSA records of mx.test (DANE); "
            "certificate: matches TLSA 3 1 1 (DANE)");
  TlsPolicy const relay{.kind = Kind::authorities, .wanted = {.names = {"mx.test"}}, .source = "the setting"};
  EXPECT_EQ(secured(relay, {.verdict = Verdict::good}),
            "TLSv1.3 AES; tls policy: required, with a certificate for mx.test (the setting); "
            "certificate: an authority vouches for mx.test (the setting)");
}

TEST(Way, tells_why_nobody_vouched_for_it) {
  EXPECT_EQ(secured({}, {.verdict = Verdict::good}),
            "TLSv1.3 AES; tls policy: opportunistic: if the server offers it; "
            "certificate: not asked for; an authority vouches for it");
  EXPECT_EQ(secured({}, {.verdict = Verdict::expired, .why = "certificate has expired"}),
            "TLSv1.3 AES; tls policy: opportunistic: if the server offers it; "
            "certificate: not asked for; no authority vouches for it: certificate has expired");
  EXPECT_EQ(secured({.kind = Kind::encrypted, .source = "no TLSA record is usable"}, {}),
            "TLSv1.3 AES; tls policy: required, with any certificate: no TLSA record is usable; "
            "certificate: not verified: no TLSA record is usable");
  EXPECT_EQ(clear_way("the server offers no TLS").text(), "in clear: the server offers no TLS");
}

}  // namespace
}  // namespace yubin::deliver
