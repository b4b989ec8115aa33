#include <gtest/gtest.h>

#include "policy/dmarc_check.h"

namespace yubin::policy {
namespace {

DmarcRequest request(SpfResult spf, std::vector<SignatureResult> const& signatures) {
  SpfOutcome by_envelope;
  by_envelope.result = spf;
  by_envelope.domain = "one.test";
  std::vector<DkimOutcome> outcomes;
  for (SignatureResult const result : signatures) {
    outcomes.emplace_back().result = result;
    outcomes.back().domain = "two.test";
  }
  return dmarc_request({.domains = {"one.test"}, .problem = {}}, &by_envelope, &outcomes);
}

// RFC 7208 section 8.2: "neutral" is treated as "none" is; and nothing but "pass" vouches.
TEST(DmarcRequest, spf_vouches_with_a_pass_only) {
  EXPECT_EQ(request(SpfResult::pass, {}).spf_domain, "one.test");
  for (SpfResult const result : {SpfResult::none, SpfResult::neutral, SpfResult::fail, SpfResult::softfail,
                                 SpfResult::temperror, SpfResult::permerror}) {
    DmarcRequest const made = request(result, {});
    EXPECT_EQ(made.spf_domain, "") << to_string(result);
    EXPECT_EQ(made.incomplete, result == SpfResult::temperror) << to_string(result);
  }
}

// RFC 6376 section 6.1: a bad signature is as none. Section 6.3: only what could not be fetched may come again, so a
// peer is never asked to because a signature is wrong.
TEST(DmarcRequest, a_bad_signature_is_as_none) {
  DmarcRequest const unsigned_mail = request(SpfResult::none, {});
  for (SignatureResult const result :
       {SignatureResult::fail, SignatureResult::policy, SignatureResult::neutral, SignatureResult::permerror}) {
    DmarcRequest const made = request(SpfResult::none, {result});
    EXPECT_EQ(made.dkim_domains, unsigned_mail.dkim_domains) << to_string(result);
    EXPECT_EQ(made.incomplete, unsigned_mail.incomplete) << to_string(result);
  }
  EXPECT_TRUE(request(SpfResult::none, {SignatureResult::temperror}).incomplete);
  EXPECT_EQ(request(SpfResult::none, {SignatureResult::fail, SignatureResult::pass}).dkim_domains,
            std::vector<std::string>{"two.test"});
}

}  // namespace
}  // namespace yubin::policy
