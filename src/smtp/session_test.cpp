// The session's events. What a client sees of it is in tests/transcripts/smtp.
#include "smtp/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"

namespace yubin::smtp {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view kGreetingAndEhlo =
    "220 mx.example.test ESMTP Yubin\r\n"
    "250-mx.example.test\r\n250-PIPELINING\r\n250-SIZE 1000\r\n250-8BITMIME\r\n250-STARTTLS\r\n"
    "250-ENHANCEDSTATUSCODES\r\n250-CHUNKING\r\n250-BINARYMIME\r\n250-SMTPUTF8\r\n250 LIMITS RCPTMAX=3\r\n";
constexpr std::string_view kOpen =
    "EHLO client.example\r\nMAIL FROM:<t@client.example> SIZE=9\r\nRCPT TO:<a@b.test>\r\n";
constexpr std::string_view kReset = "RSET\r\n";

// A session, and what it has said and asked as lines of text. Questions stop it until answer().
class Fixture : public testing::Test {
 protected:
  void receive(std::string_view bytes) {
    session.receive(bytes);
    run();
  }
  void run() {
    while (step()) {
    }
  }
  void answer(Session::Answer const& answer) {
    session.resume(answer);
    run();
  }
  void answer_ok() { answer(Reply(250, {2, 0, 0}, "yes")); }
  // Up to inside the data of a message.
  void open_data() {
    run();
    receive(kOpen);
    answer_ok();
    answer_ok();
    receive("DATA\r\n");
    log.clear();
  }
  std::vector<std::string> take_log() { return std::exchange(log, {}); }

  static Options options() {
    return {.host_name = "mx.example.test",
            .size_limit = 1000,
            .max_recipients = 3,
            .max_errors = 2,
            .starttls = true,
            .max_unknown_recipients = 2};
  }

  Session session{std::make_shared<Options const>(options())};
  std::vector<std::string> log;

 private:
  bool step() {
    Session::Event event = session.poll();
    return std::visit([this](auto& e) { return note(e); }, event);
  }
  bool note(NeedInput&) { return false; }
  bool note(Send& e) { return log.push_back("S " + e.bytes), true; }
  bool note(Body& e) { return log.push_back("body " + std::string(e.chunk)), true; }
  bool note(DropBody&) { return log.push_back("drop"), true; }
  bool note(Yield&) { return log.push_back("yield"), true; }
  bool note(AskMail& e) {
    std::string const size = e.parameters.size ? std::to_string(*e.parameters.size) : "-";
    log.push_back("mail? " + e.hello.name + " " + e.reverse_path.text() + " " + size);
    return false;
  }
  bool note(AskRecipient& e) { return log.push_back("rcpt? " + e.recipient.path.text()), false; }
  bool note(AskMessage& e) {
    std::string line = "message? " + e.envelope.reverse_path.text();
    for (Recipient const& r : e.envelope.recipients) line += " " + r.path.text();
    return log.push_back(line + " " + std::to_string(e.size)), false;
  }
  bool note(AskSasl& e) {
    log.push_back("sasl? " + e.mechanism + " " + (e.response ? quoted(e.response->view()) : "-"));
    return false;
  }
  bool note(StartTls&) { return log.push_back("tls?"), false; }
  bool note(Close&) { return log.push_back("close"), false; }
};

using SmtpSession = Fixture;

TEST_F(SmtpSession, asks_for_mail_recipients_and_message) {
  run();
  receive(kOpen);
  EXPECT_THAT(take_log(),
              ElementsAre("S 220 mx.example.test ESMTP Yubin\r\n", "S " + std::string(kGreetingAndEhlo.substr(33)),
                          "mail? client.example <t@client.example> 9"));
  answer_ok();
  EXPECT_THAT(take_log(), ElementsAre("rcpt? <a@b.test>"));
  answer(Reply(250, {2, 1, 5}, "yes"));
  // RFC 2920 section 3.2: both replies in one piece.
  EXPECT_THAT(take_log(), ElementsAre("S 250 2.0.0 yes\r\n250 2.1.5 yes\r\n"));
  receive("DATA\r\n");
  take_log();
  receive("one\r\n..two\r\n");
  receive(".\r\nNOOP\r\n");
  EXPECT_THAT(take_log(), ElementsAre("body one\r\n", "body .two\r\n", "message? <t@client.example> <a@b.test> 11"));
  answer(Reply(451, {4, 3, 0}, "later"));
  EXPECT_THAT(take_log(), ElementsAre("S 451 4.3.0 later\r\n", "S 250 2.0.0 OK\r\n"));
}

TEST_F(SmtpSession, holds_replies_of_a_pipelined_group_and_no_others) {
  run();
  receive("EHLO c.example\r\n");
  take_log();
  receive("RSET\r\nRSET\r\nNOOP\r\nRSET\r\nFOO\r\nRSET\r\n");
  std::string const ok = "250 2.0.0 OK\r\n";
  EXPECT_THAT(take_log(),
              ElementsAre("S " + ok + ok + ok, "S " + ok + "500 5.5.1 Command not recognized\r\n", "S " + ok));
}

TEST_F(SmtpSession, holds_at_most_a_few_replies) {
  run();
  receive("EHLO c.example\r\n");
  take_log();
  std::string many;
  for (int i = 0; i < 200; ++i) many += kReset;
  receive(many);
  EXPECT_GT(log.size(), 1U);
  for (std::string const& line : log) EXPECT_LE(line.size(), 1024U + 64);
}

TEST_F(SmtpSession, refused_mail_opens_no_transaction) {
  run();
  receive(kOpen);
  take_log();
  answer(Reply(550, {5, 7, 1}, "no"));
  EXPECT_THAT(take_log(), ElementsAre("S 550 5.7.1 no\r\n503 5.5.1 Bad sequence of commands\r\n"));
}

TEST_F(SmtpSession, drops_a_body_with_a_bare_lf_once_and_asks_nothing) {
  open_data();
  receive("one\r\n");
  receive("two\nthree\rfour\r\n.\r\n");
  EXPECT_THAT(take_log(), ElementsAre("body one\r\n", "body two", "drop",
                                      "S 550 5.6.11 Message has a bare CR or LF; lines end in CR LF (RFC 5321 section "
                                      "2.3.8)\r\n"));
}

TEST_F(SmtpSession, drops_a_body_that_is_too_large_as_soon_as_it_is) {
  open_data();
  receive(std::string(900, 'x'));
  take_log();
  receive(std::string(200, 'x'));
  EXPECT_THAT(take_log(), ElementsAre("drop"));
  receive("\r\n.\r\n");
  EXPECT_THAT(take_log(), ElementsAre("S 552 5.3.4 Message is larger than 1000 octets\r\n"));
}

TEST_F(SmtpSession, yields_while_it_swallows) {
  open_data();
  receive("\n" + std::string(100'000, 'x'));
  EXPECT_THAT(take_log(), ElementsAre("drop", "yield"));
}

TEST_F(SmtpSession, deadline_between_commands_says_good_bye) {
  run();
  receive("EHLO c.ex");
  take_log();
  session.wake(WakeReason::deadline);
  run();
  EXPECT_THAT(take_log(), ElementsAre("S 421 4.4.2 mx.example.test timeout, closing\r\n", "close"));
  session.receive("NOOP\r\n");
  run();
  EXPECT_THAT(take_log(), ElementsAre("close"));
}

TEST_F(SmtpSession, deadline_in_the_data_drops_the_body) {
  open_data();
  receive("one\r\n");
  take_log();
  session.wake(WakeReason::deadline);
  run();
  EXPECT_THAT(take_log(), ElementsAre("drop", "S 421 4.4.2 mx.example.test timeout, closing\r\n", "close"));
}

TEST_F(SmtpSession, deadline_after_a_drop_does_not_drop_again) {
  open_data();
  receive("one\ntwo");
  take_log();
  session.wake(WakeReason::deadline);
  run();
  EXPECT_THAT(take_log(), ElementsAre("S 421 4.4.2 mx.example.test timeout, closing\r\n", "close"));
}

TEST_F(SmtpSession, shutdown_waits_for_the_end_of_the_data_and_its_answer) {
  open_data();
  session.wake(WakeReason::shutdown);
  receive("one\r\n");
  receive(".\r\nNOOP\r\n");
  EXPECT_THAT(take_log(), ElementsAre("body one\r\n", "message? <t@client.example> <a@b.test> 5"));
  answer_ok();
  EXPECT_THAT(take_log(),
              ElementsAre("S 250 2.0.0 yes\r\n", "S 421 4.3.2 mx.example.test is shutting down, closing\r\n", "close"));
}

TEST_F(SmtpSession, shutdown_in_a_question_waits_for_the_answer_only) {
  run();
  receive(kOpen);
  take_log();
  session.wake(WakeReason::shutdown);
  answer_ok();
  EXPECT_THAT(take_log(),
              ElementsAre("S 250 2.0.0 yes\r\n421 4.3.2 mx.example.test is shutting down, closing\r\n", "close"));
}

TEST_F(SmtpSession, changes_elsewhere_do_not_matter) {
  run();
  take_log();
  session.wake(WakeReason::changed);
  run();
  EXPECT_THAT(take_log(), IsEmpty());
}

TEST_F(SmtpSession, answer_421_closes) {
  run();
  receive(kOpen);
  take_log();
  answer(Reply(421, {4, 7, 0}, "too many connections"));
  EXPECT_THAT(take_log(), ElementsAre("S 421 4.7.0 too many connections\r\n", "close"));
}

TEST_F(SmtpSession, starttls_drops_what_came_before_the_upgrade_and_forgets_all) {
  run();
  receive("EHLO c.example\r\n");
  take_log();
  receive("STARTTLS\r\nEHLO evil.example\r\nMAIL");
  EXPECT_THAT(take_log(), ElementsAre("S 220 2.0.0 Ready to start TLS\r\n", "tls?"));
  session.receive(" FROM:<>\r\nNOOP\r\n");
  answer(Done{});
  EXPECT_THAT(take_log(), IsEmpty());
  receive("MAIL FROM:<>\r\n");
  EXPECT_THAT(take_log(), ElementsAre("S 503 5.5.1 Bad sequence of commands\r\n"));
}

TEST_F(SmtpSession, accepted_message_forgives_errors) {
  open_data();
  receive(".\r\n");
  answer_ok();
  receive("A\r\nB\r\n");
  take_log();
  receive("MAIL FROM:<>\r\n");
  answer_ok();
  receive("RCPT TO:<a@b.test>\r\n");
  answer_ok();
  receive("DATA\r\n");
  receive(".\r\n");
  answer_ok();
  take_log();
  receive("A\r\nB\r\nC\r\n");
  std::string const unknown = "S 500 5.5.1 Command not recognized\r\n";
  EXPECT_THAT(take_log(),
              ElementsAre(unknown, unknown, "S 421 4.7.0 mx.example.test too many errors, closing\r\n", "close"));
}

TEST_F(SmtpSession, rset_between_chunks_drops_the_body) {
  run();
  receive(kOpen);
  answer_ok();
  answer_ok();
  receive("BDAT 3\r\nabc");
  take_log();
  receive("RSET\r\n");
  EXPECT_THAT(take_log(), ElementsAre("drop", "S 250 2.0.0 OK\r\n"));
}

TEST_F(SmtpSession, a_chunk_passes_through_as_it_comes) {
  run();
  receive(kOpen);
  answer_ok();
  answer_ok();
  take_log();
  receive("BDAT 5 LAST\r\nab");
  EXPECT_THAT(take_log(), ElementsAre("body ab"));
  receive("c\r\nNOOP\r\n");
  EXPECT_THAT(take_log(), ElementsAre("body c\r\n", "message? <t@client.example> <a@b.test> 5"));
}

TEST_F(SmtpSession, deadline_in_a_chunk_drops_the_body) {
  run();
  receive(kOpen);
  answer_ok();
  answer_ok();
  receive("BDAT 5\r\nab");
  take_log();
  session.wake(WakeReason::deadline);
  run();
  EXPECT_THAT(take_log(), ElementsAre("drop", "S 421 4.4.2 mx.example.test timeout, closing\r\n", "close"));
}

TEST_F(SmtpSession, shutdown_between_chunks_waits_for_the_last_one) {
  run();
  receive(kOpen);
  answer_ok();
  answer_ok();
  receive("BDAT 2\r\nab");
  take_log();
  session.wake(WakeReason::shutdown);
  receive("BDAT 2 LAST\r\ncd");
  EXPECT_THAT(take_log(), ElementsAre("body cd", "message? <t@client.example> <a@b.test> 4"));
  answer_ok();
  EXPECT_THAT(take_log(),
              ElementsAre("S 250 2.0.0 yes\r\n", "S 421 4.3.2 mx.example.test is shutting down, closing\r\n", "close"));
}

TEST_F(SmtpSession, too_many_unknown_recipients_close) {
  run();
  receive(kOpen);
  answer_ok();
  Reply const unknown(550, {5, 1, 1}, "no such user");
  answer(unknown);
  for (int i = 0; i < 3; ++i) {
    receive("RCPT TO:<x@b.test>\r\n");
    take_log();
    answer(i == 1 ? Reply(550, {5, 7, 1}, "not ours") : unknown);
  }
  EXPECT_THAT(take_log(), ElementsAre("S 421 4.7.0 mx.example.test too many unknown recipients, closing\r\n", "close"));
}

TEST(SmtpSessionOptions, single_octets_as_chunks_end_at_a_limit) {
  Options options{.host_name = "mx.example.test"};
  options.max_chunks = 1000;
  Session session(std::make_shared<Options const>(options));
  std::size_t bodies = 0;
  std::string said;
  bool closed = false;
  auto drive = [&] {
    for (;;) {
      Session::Event event = session.poll();
      if (std::holds_alternative<NeedInput>(event)) return;
      if ((closed = std::holds_alternative<Close>(event))) return;
      if (std::holds_alternative<Body>(event)) ++bodies;
      if (auto* send = std::get_if<Send>(&event)) said = std::move(send->bytes);
      if (std::holds_alternative<AskMail>(event) || std::holds_alternative<AskRecipient>(event))
        session.resume(Reply(250, {2, 0, 0}, "yes"));
    }
  };
  session.receive(kOpen);
  drive();
  int sent = 0;
  for (; sent < 1'000'000 && !closed; ++sent) {
    session.receive("BDAT 1\r\nx");
    drive();
  }
  EXPECT_EQ(sent, 1001);
  EXPECT_EQ(bodies, 1000U);
  EXPECT_EQ(said, "421 4.7.0 mx.example.test too many chunks, closing\r\n");
}

TEST(SmtpSessionOptions, messages_of_a_connection_are_limited_and_the_limit_announced) {
  Options options{.host_name = "mx.example.test"};
  options.max_messages = 2;
  Session session(std::make_shared<Options const>(options));
  session.receive("EHLO c\r\nMAIL FROM:<>\r\nRSET\r\nMAIL FROM:<>\r\nRSET\r\nMAIL FROM:<>\r\nNOOP\r\n");
  std::string said;
  for (auto event = session.poll(); !std::holds_alternative<Close>(event); event = session.poll()) {
    if (auto* send = std::get_if<Send>(&event)) said += send->bytes;
    if (std::holds_alternative<AskMail>(event)) session.resume(Reply(250, {2, 1, 0}, "yes"));
  }
  EXPECT_THAT(said, testing::HasSubstr("250 LIMITS RCPTMAX=1000 MAILMAX=2\r\n"));
  EXPECT_THAT(said, testing::EndsWith(
                        "250 2.0.0 OK\r\n421 4.7.0 mx.example.test too many messages on one connection, closing\r\n"));
}

TEST(SmtpSessionOptions, failed_logins_of_a_connection_are_limited) {
  Options options{.host_name = "mx.example.test", .mechanisms = {"PLAIN"}, .login_in_clear = true};
  options.max_failed_logins = 2;
  Session session(std::make_shared<Options const>(options));
  session.receive("EHLO c\r\nAUTH PLAIN AAAA\r\nAUTH PLAIN AAAA\r\nAUTH PLAIN AAAA\r\n");
  std::vector<std::string> said;
  for (auto event = session.poll(); !std::holds_alternative<Close>(event); event = session.poll()) {
    if (auto* send = std::get_if<Send>(&event)) said.push_back(send->bytes);
    if (std::holds_alternative<AskSasl>(event)) session.resume(Reply(535, {5, 7, 8}, "no"));
  }
  EXPECT_THAT(said, ElementsAre(testing::StartsWith("220"), testing::StartsWith("250-"), "535 5.7.8 no\r\n",
                                "535 5.7.8 no\r\n", "421 4.7.0 mx.example.test too many failed logins, closing\r\n"));
}

TEST(SmtpSessionOptions, dsn_is_announced_and_its_parameters_are_kept) {
  Options options{.host_name = "mx.example.test"};
  options.dsn = true;
  Session session(std::make_shared<Options const>(options));
  session.receive(
      "EHLO c\r\nMAIL FROM:<a@b> RET=HDRS ENVID=x+2By\r\n"
      "RCPT TO:<c@d> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;e+2Bf@g\r\nBDAT 2 LAST\r\n\r\n");
  std::optional<Envelope> envelope;
  std::string said;
  for (auto event = session.poll(); !std::holds_alternative<NeedInput>(event); event = session.poll()) {
    if (auto* send = std::get_if<Send>(&event)) said += send->bytes;
    if (auto* message = std::get_if<AskMessage>(&event)) envelope = message->envelope;
    bool const question = std::holds_alternative<AskMail>(event) || std::holds_alternative<AskRecipient>(event) ||
                          std::holds_alternative<AskMessage>(event);
    if (question) session.resume(Reply(250, {2, 0, 0}, "yes"));
  }
  EXPECT_THAT(said, testing::HasSubstr("250-DSN\r\n"));
  ASSERT_TRUE(envelope.has_value());
  EXPECT_EQ(envelope->parameters.ret, Return::headers);
  EXPECT_EQ(envelope->parameters.envelope_id, "x+y");
  ASSERT_EQ(envelope->recipients.size(), 1U);
  EXPECT_EQ(envelope->recipients[0].parameters,
            (RecipientParameters{Notify{.success = true, .failure = false, .delay = true},
                                 OriginalRecipient{"rfc822", "e+f@g"}}));
}

TEST(SmtpSessionOptions, starttls_is_neither_announced_nor_taken_without_the_option_or_with_tls) {
  for (bool available : {false, true}) {
    auto options = std::make_shared<Options const>(Options{.host_name = "mx.example.test", .starttls = available});
    Session session(options, available ? Tls::on : Tls::off);
    session.receive("EHLO c.example\r\nSTARTTLS\r\n");
    std::string said;
    for (auto event = session.poll(); std::holds_alternative<Send>(event); event = session.poll())
      said += std::get<Send>(event).bytes;
    EXPECT_EQ(said.find("-STARTTLS"), std::string::npos);
    EXPECT_NE(said.find(available ? "\r\n503 5.5.1" : "\r\n502 5.5.1"), std::string::npos) << said;
  }
}

// RFC 8689 section 2
TEST(SmtpSessionOptions, requiretls_is_announced_and_taken_over_tls_only) {
  for (Tls const tls : {Tls::off, Tls::on}) {
    auto options = std::make_shared<Options const>(Options{.host_name = "mx.example.test", .require_tls = true});
    Session session(options, tls);
    session.receive("EHLO c.example\r\nMAIL FROM:<a@b> REQUIRETLS\r\n");
    std::string said;
    std::optional<bool> required;
    for (auto event = session.poll(); !std::holds_alternative<NeedInput>(event); event = session.poll()) {
      if (auto* send = std::get_if<Send>(&event)) said += send->bytes;
      auto const* mail = std::get_if<AskMail>(&event);
      if (mail == nullptr) continue;
      required = mail->parameters.require_tls;
      session.resume(Reply(250, {2, 1, 0}, "yes"));
    }
    bool const is_on = tls == Tls::on;
    EXPECT_EQ(said.find("250-REQUIRETLS\r\n") != std::string::npos, is_on) << said;
    EXPECT_EQ(required.value_or(false), is_on);
    EXPECT_EQ(said.find("\r\n555 5.5.4") == std::string::npos, is_on) << said;
  }
}

}  // namespace
}  // namespace yubin::smtp
