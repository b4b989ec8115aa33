// Sentences as servers say them.
#include "queue/failure_class.h"

#include <gtest/gtest.h>

namespace yubin::queue {
namespace {

smtp::OutcomeDetail said(std::string text, smtp::EnhancedStatus status) {
  return {status, std::move(text), "mx.example [192.0.2.1]", ""};
}

struct Case {
  char const* text;
  smtp::EnhancedStatus status;
  FailureClass expected;
};

TEST(FailureClass, is_told_by_code_status_and_words) {
  using enum FailureClass;
  Case const cases[] = {
      {"550 5.7.1 Service unavailable, Client host [192.0.2.5] blocked using Spamhaus.", {5, 7, 1}, reputation},
      {"554 5.7.1 Service unavailable; Client host [192.0.2.5] blocked using zen.x.test", {5, 7, 1}, reputation},
      {"550 5.7.606 Access denied, banned sending IP [192.0.2.5]", {5, 7, 606}, reputation},
      {"421 4.7.0 [TSS04] Messages from 192.0.2.5 temporarily deferred", {4, 7, 0}, too_often},
      {"421-4.7.28 Our system has detected an unusual rate of unsolicited mail", {4, 7, 28}, too_often},
      {"421 4.4.5 too many connections", {4, 4, 5}, too_often},
      {"421 closing", {4, 3, 0}, too_often},
      {"450 4.2.0 <a@b.test>: Recipient address rejected: Greylisted", {4, 2, 0}, greylisted},
      {"451 4.7.1 Greylisting in action, please come back later", {4, 7, 1}, greylisted},
      {"550-5.7.26 This mail is unauthenticated: SPF and DKIM did not pass", {5, 7, 26}, auth},
      {"550 5.7.1 rejected because of its DMARC policy", {5, 7, 1}, auth},
      {"535 5.7.8 wrong", {5, 7, 8}, auth},
      {"552 5.2.2 The email account that you tried to reach is over quota", {5, 2, 2}, quota},
      {"452 4.2.2 later", {4, 2, 2}, quota},
      {"552 5.3.4 Message size exceeds fixed limit", {5, 3, 4}, size},
      {"550 5.1.1 <a@b.test>: User unknown", {5, 1, 1}, mailbox},
      {"550 No such user here", {5, 0, 0}, mailbox},
      {"554 5.7.1 message looks like spam", {5, 7, 1}, policy},
      {"", {4, 4, 1}, network},
      {"", {5, 1, 10}, mailbox},
      {"450 4.3.2 try again", {4, 3, 2}, other},
  };
  for (Case const& each : cases)
    EXPECT_EQ(to_string(classify(said(each.text, each.status))), to_string(each.expected)) << each.text;
}

TEST(FailureClass, a_listing_names_list_and_address) {
  auto listing = [](char const* text) { return find_listing(said(text, {5, 7, 1})); };
  EXPECT_EQ(listing("550 5.7.1 Service unavailable, Client host [2001:DB8::5] blocked using Spamhaus. See https://x"),
            (Listing{"Spamhaus", "2001:db8::5"}));
  EXPECT_EQ(listing("554 5.7.1 Client host [192.0.2.5] blocked using bl.odd.test; see http://odd.test/?q=192.0.2.5"),
            (Listing{"bl.odd.test", "192.0.2.5"}));
  EXPECT_EQ(listing("550 5.7.1 your IP is listed by somebody"), (Listing{"unnamed", ""}));
}

}  // namespace
}  // namespace yubin::queue
