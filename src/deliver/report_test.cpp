#include "deliver/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace yubin::deliver {
namespace {

using testing::HasSubstr;
using testing::Not;

queue::Job job(std::vector<smtp::Recipient> recipients, std::string_view from = "<a@us.test>") {
  queue::Job job{.id = UniqueId(1, 2),
                 .message = {.body = {},
                             .prefix = {},
                             .reverse_path = smtp::ReversePath::parse(from).value(),
                             .parameters = {},
                             .service = {},
                             .message_id = {}},
                 .destination = "them.test",
                 .recipients = {}};
  for (smtp::Recipient& recipient : recipients)
    job.recipients.push_back({0, {.recipient = std::move(recipient), .destination = "them.test"}});
  return job;
}

smtp::Recipient to(std::string_view path, smtp::RecipientParameters parameters = {}) {
  return {smtp::ForwardPath::parse(path).value(), std::move(parameters)};
}

smtp::Outcome failed(std::string text = "550 5.1.1 no\r\nX: such user") {
  return smtp::Failed{{{5, 1, 1}, std::move(text), "mx.them.test [192.0.2.1]", "in reply to RCPT"}};
}

std::string report(queue::Job const& job, std::vector<smtp::Outcome> const& outcomes) {
  return make_failure_report(job, outcomes, "Subject: x\r\n\r\nbody", {.host_name = "mx.us.test", .id = "id"});
}

TEST(FailureReport, has_the_fields_of_its_parts) {
  std::string const text = report(job({to("<b@them.test>"), to("<c@them.test>")}), {failed(), smtp::Delivered{}});
  EXPECT_THAT(text, HasSubstr("\r\nTo: <a@us.test>\r\n"));
  EXPECT_THAT(text, HasSubstr("\r\nAuto-Submitted: auto-replied\r\n"));
  EXPECT_THAT(text, HasSubstr("Reporting-MTA: dns; mx.us.test\r\n"));
  EXPECT_THAT(text, HasSubstr("\r\n\r\nFinal-Recipient: rfc822; b@them.test\r\nAction: failed\r\nStatus: 5.1.1\r\n"
                              "Remote-MTA: dns; mx.them.test [192.0.2.1]\r\n"
                              "Diagnostic-Code: smtp; 550 5.1.1 no??X: such user\r\n"));
  EXPECT_THAT(text, Not(HasSubstr("c@them.test")));
}

TEST(FailureReport, is_seven_bit_and_its_lines_are_short) {
  std::string const text = report(job({to("<花子@them.test>")}), {failed("550 だめ")});
  EXPECT_THAT(text, HasSubstr("Final-Recipient: utf-8; \\x{82B1}\\x{5B50}@them.test\r\n"));
  std::size_t line = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    EXPECT_TRUE(text[i] > 0) << i;
    line = text[i] == '\n' ? 0 : line + 1;
    EXPECT_LE(line, 998U);
    EXPECT_EQ(text[i] == '\n', i > 0 && text[i - 1] == '\r') << i;
  }
}

TEST(FailureReport, repeats_what_the_sender_said_about_reports) {
  queue::Job one = job({to("<b@them.test>", {{}, {{"rfc822", "b+c@them.test"}}})});
  one.message.parameters.envelope_id = "x";
  std::string const text = report(one, {failed()});
  EXPECT_THAT(text, HasSubstr("Original-Envelope-Id: x\r\n"));
  EXPECT_THAT(text, HasSubstr("Original-Recipient: rfc822; b+2Bc@them.test\r\n"));
}

TEST(FailureReport, goes_to_nobody_who_does_not_want_it) {
  EXPECT_EQ(report(job({to("<b@them.test>")}, "<>"), {failed()}), "");
  EXPECT_EQ(report(job({to("<b@them.test>", {smtp::Notify{.success = true}, {}})}), {failed()}), "");
  EXPECT_EQ(report(job({to("<b@them.test>")}), {smtp::Outcome(smtp::Deferred{})}), "");
  EXPECT_NE(report(job({to("<b@them.test>", {smtp::Notify{.failure = true}, {}})}), {failed()}), "");
}

}  // namespace
}  // namespace yubin::deliver
