#include "deliver/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace yubin::deliver {
namespace {

using testing::HasSubstr;
using testing::Not;

smtp::Recipient to(std::string_view path, smtp::RecipientParameters parameters = {}) {
  return {smtp::ForwardPath::parse(path).value(), std::move(parameters)};
}

ReportSubject from(std::string_view path) {
  return {smtp::ReversePath::parse(path).value(), {}, 0, "<m@us.test>"};
}

smtp::OutcomeDetail failed(std::string text = "550 5.1.1 no\r\nX: such user") {
  return {{5, 1, 1}, std::move(text), "mx.them.test [192.0.2.1]", "in reply to RCPT"};
}

Report report(ReportSubject const& subject, std::vector<ReportRecipient> const& recipients,
              ReportAction action = ReportAction::failed, ReportOriginal const& original = {"Subject: x\r\n"}) {
  return make_report(subject, action, recipients, original, {.host_name = "mx.us.test", .id = "id"});
}

TEST(Report, has_the_fields_of_its_parts) {
  std::string const text = report(from("<a@us.test>"), {{to("<b@them.test>"), failed()}}).text;
  EXPECT_THAT(text, HasSubstr("\r\nTo: <a@us.test>\r\n"));
  EXPECT_THAT(text, HasSubstr("\r\nReferences: <m@us.test>\r\n"));
  EXPECT_THAT(text, HasSubstr("\r\nAuto-Submitted: auto-replied\r\n"));
  EXPECT_THAT(text, HasSubstr("Reporting-MTA: dns; mx.us.test\r\n"));
  EXPECT_THAT(text, HasSubstr("\r\n\r\nFinal-Recipient: rfc822; b@them.test\r\nAction: failed\r\nStatus: 5.1.1\r\n"
                              "Remote-MTA: dns; mx.them.test [192.0.2.1]\r\n"
                              "Diagnostic-Code: smtp; 550 5.1.1 no??X: such user\r\n"));
  EXPECT_THAT(text, HasSubstr("Content-Type: text/rfc822-headers\r\n\r\nSubject: x\r\n"));
}

void expect_seven_bit_lines(std::string const& text) {
  std::size_t line = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    EXPECT_TRUE(text[i] > 0) << i;
    line = text[i] == '\n' ? 0 : line + 1;
    EXPECT_LE(line, 998U);
    EXPECT_EQ(text[i] == '\n', i > 0 && text[i - 1] == '\r') << i;
  }
}

TEST(Report, is_seven_bit_and_its_lines_are_short) {
  ReportRecipient const recipient{to("<花子@them.test>"), failed("550 だめ")};
  for (std::string const& header : {std::string("Subject: 件名\r\n"), "Subject: " + std::string(2000, 'x') + "\r\n",
                                    std::string("Subject: a\nb\r\n")}) {
    Report const made = report(from("<a@us.test>"), {recipient}, ReportAction::failed, {header});
    EXPECT_THAT(made.text, HasSubstr("Final-Recipient: utf-8; \\x{82B1}\\x{5B50}@them.test\r\n"));
    EXPECT_EQ(made.parameters, smtp::MailParameters{});
    expect_seven_bit_lines(made.text);
  }
}

// RFC 6533 section 3: its To field cannot be written in ASCII.
TEST(Report, to_an_address_in_utf_8_is_international_as_a_whole) {
  Report const made = report(from("<太郎@us.test>"), {{to("<花子@them.test>"), failed("550 だめ")}},
                             ReportAction::failed, {"Subject: 件名\r\n"});
  EXPECT_TRUE(made.parameters.smtputf8);
  EXPECT_EQ(made.parameters.body, smtp::BodyType::eight_bit_mime);
  EXPECT_THAT(made.text, HasSubstr("\r\nTo: <太郎@us.test>\r\n"));
  EXPECT_THAT(made.text, HasSubstr("report-type=global-delivery-status"));
  EXPECT_THAT(made.text, HasSubstr("Content-Type: message/global-delivery-status\r\n"));
  EXPECT_THAT(made.text, HasSubstr("Final-Recipient: utf-8; 花子@them.test\r\n"));
  EXPECT_THAT(made.text, HasSubstr("Diagnostic-Code: smtp; 550 だめ\r\n"));
  EXPECT_THAT(made.text, HasSubstr("Content-Type: message/global-headers\r\n"));
}

TEST(Report, repeats_the_whole_message_if_it_is_made_of_lines) {
  auto whole = [](std::string text) {
    return report(from("<a@us.test>"), {{to("<b@them.test>"), failed()}}, ReportAction::failed,
                  {std::move(text), true});
  };
  EXPECT_THAT(
      whole("Subject: x\r\n\r\nbody").text,
      HasSubstr("Content-Type: message/rfc822\r\nContent-Transfer-Encoding: 7bit\r\n\r\nSubject: x\r\n\r\nbody"));
  EXPECT_EQ(whole("Subject: x\r\n\r\n本文\r\n").parameters.body, smtp::BodyType::eight_bit_mime);
  Report const odd = whole("Subject: x\r\n\r\n" + std::string(2000, 'x'));
  EXPECT_THAT(odd.text, HasSubstr("Content-Type: text/rfc822-headers\r\n\r\nSubject: x\r\n"));
  expect_seven_bit_lines(odd.text);
}

TEST(Report, repeats_what_the_sender_said_about_reports) {
  ReportSubject subject = from("<a@us.test>");
  subject.parameters.envelope_id = "x";
  std::string const text = report(subject, {{to("<b@them.test>", {{}, {{"rfc822", "b+c@them.test"}}}), failed()}}).text;
  EXPECT_THAT(text, HasSubstr("Original-Envelope-Id: x\r\n"));
  EXPECT_THAT(text, HasSubstr("Original-Recipient: rfc822; b+2Bc@them.test\r\n"));
}

TEST(Report, of_a_delay_says_how_long_it_will_be_tried) {
  std::string const text =
      report(from("<a@us.test>"), {{to("<b@them.test>"), {{4, 4, 1}, "", "", "cannot connect"}, 0}},
             ReportAction::delayed)
          .text;
  EXPECT_THAT(text,
              HasSubstr("Action: delayed\r\nStatus: 4.4.1\r\nWill-Retry-Until: Thu, 1 Jan 1970 00:00:00 +0000\r\n"));
}

// RFC 3461 section 4.1
TEST(Report, goes_to_nobody_who_does_not_want_it) {
  using enum ReportAction;
  smtp::Recipient const habit = to("<b@them.test>");
  smtp::Recipient const never = to("<b@them.test>", {smtp::Notify{}, {}});
  smtp::Recipient const success = to("<b@them.test>", {smtp::Notify{.success = true}, {}});
  smtp::Recipient const delay = to("<b@them.test>", {smtp::Notify{.delay = true}, {}});
  EXPECT_TRUE(wants_report(habit, failed));
  EXPECT_TRUE(wants_report(habit, delayed));
  EXPECT_FALSE(wants_report(habit, relayed));
  for (ReportAction const action : {failed, delayed, delivered, relayed}) EXPECT_FALSE(wants_report(never, action));
  EXPECT_TRUE(wants_report(success, relayed));
  EXPECT_TRUE(wants_report(success, delivered));
  EXPECT_FALSE(wants_report(success, failed));
  EXPECT_TRUE(wants_report(delay, delayed));
  EXPECT_FALSE(wants_report(delay, failed));
}

}  // namespace
}  // namespace yubin::deliver
