#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/sendmail_message.h"
#include "cli/sendmail_options.h"

namespace yubin::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

Result<SendmailOptions> parsed(std::vector<std::string> arguments, std::string_view name = "sendmail") {
  return parse_sendmail_options(name, arguments);
}

TEST(SendmailOptions, are_taken_as_programs_give_them) {
  // cron, mutt, Python and PHP, git
  SendmailOptions const cron = parsed({"-FCronDaemon", "-i", "-odi", "-oem", "-oi", "-t", "-f", "root"}).value();
  EXPECT_TRUE(cron.recipients_in_header);
  EXPECT_TRUE(cron.dot_is_text);
  EXPECT_EQ(cron.full_name, "CronDaemon");
  EXPECT_EQ(cron.sender, "root");
  EXPECT_THAT(cron.recipients, IsEmpty());
  SendmailOptions const mutt = parsed({"-oem", "-oi", "-fa@x.test", "-B8BITMIME", "--", "b@x.test", "c"}).value();
  EXPECT_EQ(mutt.sender, "a@x.test");
  EXPECT_THAT(mutt.recipients, ElementsAre("b@x.test", "c"));
  EXPECT_TRUE(parsed({"-ti"}).value().recipients_in_header);
  EXPECT_EQ(parsed({"-r", ""}).value().sender, "");
  EXPECT_THAT(parsed({"-Ac", "-C/etc/x", "-h", "5", "-X", "log", "-OTimeout=1", "-d7.8", "a"}).value().recipients,
              ElementsAre("a"));
}

TEST(SendmailOptions, say_what_is_to_be_done) {
  EXPECT_EQ(parsed({}).value().mode, SendmailMode::deliver);
  EXPECT_EQ(parsed({"-bs"}).value().mode, SendmailMode::smtp);
  EXPECT_EQ(parsed({"-bp"}).value().mode, SendmailMode::list_queue);
  EXPECT_EQ(parsed({}, "mailq").value().mode, SendmailMode::list_queue);
  EXPECT_EQ(parsed({"-b", "v"}).value().mode, SendmailMode::verify);
  EXPECT_EQ(parsed({"-I"}).value().mode, SendmailMode::new_aliases);
  EXPECT_EQ(parsed({}, "newaliases").value().mode, SendmailMode::new_aliases);
  EXPECT_EQ(parsed({"-q15m"}).value().mode, SendmailMode::run_queue);
  EXPECT_FALSE(parsed({"-bd"}).has_value());
  EXPECT_FALSE(parsed({"-bx"}).has_value());
  EXPECT_FALSE(parsed({"-Z"}).has_value());
  EXPECT_FALSE(parsed({"-f"}).has_value());
}

TEST(SendmailOptions, of_reports) {
  SendmailOptions const options = parsed({"-N", "success,delay", "-R", "full", "-V", "id"}).value();
  EXPECT_EQ(options.notify, (smtp::Notify{.success = true, .delay = true}));
  EXPECT_EQ(options.parameters.ret, smtp::Return::full);
  EXPECT_EQ(options.parameters.envelope_id, "id");
  EXPECT_EQ(parsed({"-Nnever"}).value().notify, smtp::Notify{});
  EXPECT_FALSE(parsed({"-N", "sometimes"}).has_value());
}

LocalMessage made(std::string_view input) {
  return make_local_message(input, {"root@host.test", "Root"});
}

TEST(LocalMessage, has_its_recipients_and_a_from_with_a_domain) {
  LocalMessage const cron = made("From: root (Cron Daemon)\nTo: root, b@x.test\nBcc: c@x.test\nSubject: x\n\nout\n");
  EXPECT_THAT(cron.recipients, ElementsAre("root", "b@x.test", "c@x.test"));
  EXPECT_THAT(cron.text, HasSubstr("root@host.test"));
  EXPECT_THAT(cron.text, HasSubstr("Cron Daemon"));
  EXPECT_THAT(cron.text, HasSubstr("\r\nSubject: x\r\n\r\nout\r\n"));
  EXPECT_FALSE(cron.eight_bit);
  EXPECT_THAT(made("Resent-To: a@x.test\nTo: b@x.test\n\n").recipients, ElementsAre("a@x.test"));
}

TEST(LocalMessage, gets_what_is_missing) {
  EXPECT_THAT(made("Subject: x\n\nbody").text, HasSubstr("From: Root <root@host.test>\r\n\r\nbody\r\n"));
  LocalMessage const bare = made("no header here\nsecond line\n");
  EXPECT_THAT(bare.text, StartsWith("From: Root <root@host.test>\r\n\r\nno header here\r\nsecond line\r\n"));
  EXPECT_THAT(made("From a@x.test Mon Jan 1\nSubject: x\n\n").text, Not(HasSubstr("Mon Jan")));
  EXPECT_TRUE(made("Subject: x\n\n件名\n").eight_bit);
}

TEST(LocalMessage, has_no_bare_line_end) {
  std::string const text = made("Subject: x\r\n\r\na\rb\nc\r\n\n").text;
  EXPECT_THAT(text, HasSubstr("a\r\nb\r\nc\r\n\r\n"));
}

TEST(LoneDot, ends_a_message) {
  EXPECT_EQ(find_lone_dot("a\n.\nb\n"), 2U);
  EXPECT_EQ(find_lone_dot("a\r\n.\r\n"), 3U);
  EXPECT_EQ(find_lone_dot("..\n.x\n"), 6U);
}

}  // namespace
}  // namespace yubin::cli
