// Who is answered, and who is not.
#include "deliver/reflector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "deliver/delivery_world.h"
#include "deliver/intake.h"
#include "mime/transfer.h"
#include "tests/kit/memory_directory.h"

namespace yubin::deliver {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr std::string_view kMessage =
    "From: Anna <anna@client.example>\r\nSubject: check\r\nMessage-ID: <1@client.example>\r\n\r\nhello\r\n";

class ReflectorTest : public DeliveryWorld {
 protected:
  ReflectorTest() { EXPECT_TRUE(directory_.add_domain(kit::domain("b.test")).wait()); }

  // What is said of a mail whose DMARC fact is this.
  std::string answer(std::string_view message = kMessage, std::string const& dmarc = "pass: the message is from it",
                     std::string const& reverse_path = "anna@client.example",
                     std::string const& aligned = "spf client.example") {
    Intake intake(world_.store, HeaderFilter());
    intake.add(message);
    EXPECT_TRUE(intake.finish());
    Intake::Sealed sealed = intake.seal();
    journal::Entry entry;
    entry.id = journal_.next_id();
    entry.kind = journal::Kind::message;
    entry.peer = "192.0.2.1";
    entry.helo = "mx.client.example";
    entry.sender = reverse_path;
    entry.facts = {{"spf", "softfail: not from there"}};
    if (!dmarc.empty()) entry.facts.emplace_back("dmarc", dmarc);
    if (!aligned.empty()) entry.facts.emplace_back(kAlignedFact, aligned);
    EXPECT_TRUE(journal_.append(entry).wait());
    queue::LocalRow const row{.body = sealed.body.wait().value().ref,
                              .summary = std::move(sealed.summary),
                              .trace = {},
                              .reverse_path = reverse_path,
                              .service = "mx",
                              .message_id = sealed.message_id,
                              .targets = {}};
    return reflector_.answer(entry.id, row, "check@b.test").value();
  }

  Reflector reflector_{{engine_, world_.committer, world_.bodies, world_.store, delivery_, directory_, journal_,
                        world_.clock, "mx.b.test"}};
};

TEST_F(ReflectorTest, an_author_who_is_known_for_sure_is_told_what_was_seen) {
  EXPECT_EQ(answer(), "answered to anna@client.example");
  std::optional<queue::Job> const job = queue_.take().value();
  ASSERT_TRUE(job.has_value());
  EXPECT_TRUE(job->message.reverse_path.is_null());  // RFC 3834 section 3.3
  EXPECT_EQ(job->recipients.front().row.recipient.path.text(), "<anna@client.example>");
  std::string const text = world_.bodies.read(job->message.body.id, 0, 100'000).value();
  EXPECT_THAT(text, HasSubstr("Auto-Submitted: auto-replied\r\n"));
  EXPECT_THAT(text, HasSubstr("In-Reply-To: <1@client.example>\r\n"));
  EXPECT_THAT(text, HasSubstr("From: check@b.test\r\n"));
}

TEST_F(ReflectorTest, a_domain_without_a_policy_may_vouch_for_its_author_too) {
  EXPECT_EQ(answer(kMessage, "none: no record"), "answered to anna@client.example");
}

TEST_F(ReflectorTest, once_an_hour) {
  EXPECT_THAT(answer(), HasSubstr("answered to"));
  EXPECT_THAT(answer(), HasSubstr("within the hour"));
  world_.clock.advance(59min);
  EXPECT_THAT(answer(), HasSubstr("within the hour"));
  EXPECT_TRUE(reflector_.forget());
  EXPECT_THAT(answer(), HasSubstr("within the hour"));
  world_.clock.advance(1min);
  EXPECT_THAT(answer(), HasSubstr("answered to"));
}

TEST_F(ReflectorTest, nobody_else_is_answered) {
  std::string const sender = "anna@client.example";
  EXPECT_THAT(answer(kMessage, "fail: nobody vouches", sender, ""), HasSubstr("nobody vouches for its author"));
  EXPECT_THAT(answer(kMessage, "none: no record", sender, ""), HasSubstr("nobody vouches for its author"));
  EXPECT_THAT(answer(kMessage, ""), HasSubstr("not checked"));
  EXPECT_THAT(answer(kMessage, "pass: x", ""), HasSubstr("null reverse-path"));
  std::string const mail(kMessage);
  for (std::string const& field : {"Auto-Submitted: auto-replied", "List-Id: <l>", "Precedence: bulk"})
    EXPECT_THAT(answer(field + "\r\n" + mail), HasSubstr("a program or a list")) << field;
  EXPECT_THAT(answer("From: a@client.example, b@client.example\r\n\r\n"), HasSubstr("no single author"));
  EXPECT_THAT(answer("From: a@b.test\r\n\r\n"), HasSubstr("one of us"));
  EXPECT_FALSE(queue_.take().value().has_value());
}

TEST(Reflection, says_all_that_was_seen_in_both_languages) {
  journal::Entry entry;
  entry.peer = "192.0.2.1";
  entry.helo = "mx.client.example";
  entry.tls = "TLSv1.3 X";
  entry.facts = {{"spf", "softfail: not from there"}, {"dmarc", "pass: it is"}, {"iprev", "pass: mx.client.example"}};
  std::string const text = reflection_text(entry);
  for (char const* part :
       {"SPF: softfail: not from there\r\n", "DKIM: not checked\r\n", "DMARC: pass: it is\r\n",
        "Reverse name: pass: mx.client.example\r\n", "HELO: mx.client.example\r\n", "TLS: TLSv1.3 X\r\n",
        "SPF: 弱い不合格 (softfail)\r\n", "DMARC: 合格 (pass)\r\n", "逆引き: 合格 (pass)\r\n"})
    EXPECT_THAT(text, HasSubstr(part));
}

TEST(Reflection, what_strangers_say_of_themselves_stays_in_its_line) {
  journal::Entry entry;
  entry.facts = {{"spf", "fail: \x1b[2J\r\nDMARC: pass \xff"}};
  entry.helo = std::string(2000, 'x') + "\xe3\x81";
  std::string const text = reflection_text(entry);
  EXPECT_THAT(text, HasSubstr("SPF: fail: ?[2J??DMARC: pass ?\r\n"));
  EXPECT_THAT(text, HasSubstr("HELO: " + std::string(1000, 'x') + "\r\n"));
}

}  // namespace
}  // namespace yubin::deliver
