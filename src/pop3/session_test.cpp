// What transcripts cannot show: time, slices, failures of the disk. Dialogues are under tests/transcripts/pop3.
#include "pop3/session.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/kit/pop3_server.h"

namespace yubin::pop3 {
namespace {

using namespace std::string_literals;

using kit::Pop3Connection;
using kit::Pop3Server;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using Tls = Connection::Tls;

constexpr std::string_view kLogin = "USER hanako@example.test\r\nPASS secret\r\n";

// Logged in, and what was said so far heard.
class LoggedInConnection : public Pop3Connection {
 public:
  explicit LoggedInConnection(Pop3Server& server) : Pop3Connection(server, Tls::on) {
    EXPECT_THAT(talk(kLogin), HasSubstr(" messages, "));
  }
};

TEST(Pop3Session, idle_limit_grows_with_login) {
  Pop3Server server;
  Pop3Connection connection(server, Tls::on);
  EXPECT_EQ(connection.session().idle_limit(), std::chrono::seconds(60));
  connection.talk(kLogin);
  EXPECT_EQ(connection.session().idle_limit(), std::chrono::minutes(10));
}

// RFC 1939 section 3: at the end of its time a session removes nothing.
TEST(Pop3Session, closes_without_update_at_the_deadline_and_at_shutdown) {
  Pop3Server server;
  server.add("Subject: x\r\n\r\n");
  for (WakeReason reason : {WakeReason::deadline, WakeReason::shutdown}) {
    LoggedInConnection connection(server);
    connection.talk("DELE 1\r\n");
    connection.wake(reason);
    EXPECT_TRUE(connection.is_closed());
    EXPECT_EQ(connection.receive(), "");
    EXPECT_EQ(server.uids().size(), 1);
  }
}

TEST(Pop3Session, closes_inside_an_exchange) {
  Pop3Server server;
  Pop3Connection connection(server, Tls::on);
  EXPECT_THAT(connection.talk("AUTH PLAIN\r\n"), EndsWith("+ \r\n"));
  connection.wake(WakeReason::deadline);
  EXPECT_TRUE(connection.is_closed());
}

TEST(Pop3Session, large_message_is_sent_in_slices) {
  Pop3Server server;
  std::string body = "Subject: large\r\n\r\n";
  while (body.size() < 1024 * 1024) body += "................................\n";
  server.add(body);
  LoggedInConnection connection(server);
  std::string const text = connection.talk("RETR 1\r\n");
  EXPECT_THAT(text, EndsWith("\r\n.................................\r\n.\r\n"));
  EXPECT_GT(text.size(), body.size());
  EXPECT_LE(connection.largest_send(), 64 * 1024);
}

TEST(Pop3Session, many_messages_are_listed) {
  Pop3Server server;
  for (int i = 0; i < 2500; ++i) server.add("x: y\r\n\r\n");
  LoggedInConnection connection(server);
  EXPECT_THAT(connection.talk("LIST\r\n"), EndsWith("\r\n2500 8\r\n.\r\n"));
  EXPECT_THAT(connection.talk("UIDL 2500\r\n"), StartsWith("+OK 2500 000009C4"));
}

TEST(Pop3Session, no_line_end_stands_alone_whatever_is_stored) {
  Pop3Server server;
  server.add("Subject: x\n\n.\nMAIL FROM:<a@b>\r.\r\r\n\0\n"s);
  LoggedInConnection connection(server);
  EXPECT_EQ(connection.talk("RETR 1\r\n"),
            "+OK 36 octets\r\nSubject: x\r\n\r\n..\r\nMAIL FROM:<a@b>\r\n..\r\n\r\n\x80\r\n.\r\n");
}

TEST(Pop3Session, names_of_messages_follow_the_format) {
  Pop3Server server;
  server.options->uidl = UidlFormat::parse("%v.%u").value();
  server.add("x: y\r\n\r\n");
  LoggedInConnection connection(server);
  EXPECT_EQ(connection.talk("UIDL 1\r\n"), "+OK 1 " + std::to_string(server.inbox().uid_validity.value()) + ".1\r\n");
}

TEST(Pop3Session, quit_removes_deleted_and_marks_retrieved_messages_in_one_change) {
  Pop3Server server;
  for (int i = 0; i < 3; ++i) server.add("x: y\r\n\r\n");
  LoggedInConnection connection(server);
  connection.talk("RETR 1\r\nRETR 2\r\nDELE 2\r\nTOP 3 0\r\n");
  EXPECT_EQ(server.inbox().unseen, 3);
  auto const before = server.committer.counters();
  EXPECT_EQ(connection.talk("QUIT\r\n"), "+OK Good-bye.\r\n");
  EXPECT_EQ(server.committer.counters().batches, before.batches + 1);
  EXPECT_EQ(server.uids(), (std::vector{store::Uid(1), store::Uid(3)}));
  EXPECT_EQ(server.inbox().unseen, 1);
}

TEST(Pop3Session, quit_that_changes_nothing_costs_no_write) {
  Pop3Server server;
  server.add("x: y\r\n\r\n");
  LoggedInConnection(server).talk("RETR 1\r\nQUIT\r\n");
  auto const before = server.committer.counters();
  LoggedInConnection connection(server);
  EXPECT_THAT(connection.talk("RETR 1\r\nDELE 1\r\nRSET\r\nQUIT\r\n"), EndsWith("+OK Good-bye.\r\n"));
  EXPECT_EQ(server.committer.counters().batches, before.batches);
}

// The session as it is, without the kit's driver: what it says before the commit is done.
TEST(Pop3Session, says_ok_to_quit_only_after_the_sync) {
  Pop3Server server;
  server.add("x: y\r\n\r\n");
  LoggedInConnection connection(server);
  connection.talk("DELE 1\r\n");
  server.gate.close();
  Session& session = connection.session();
  session.receive("QUIT\r\n");
  Session::Event event = session.poll();
  auto* await = std::get_if<AwaitCommit>(&event);
  ASSERT_NE(await, nullptr);
  server.gate.wait_for_write();
  EXPECT_FALSE(await->completion.done());
  server.gate.open();
  await->completion.wait();
  session.resume(Done{});
  event = session.poll();
  EXPECT_EQ(std::get<Send>(event).bytes, "+OK Good-bye.\r\n");
}

TEST(Pop3Session, quit_that_cannot_be_written_says_so) {
  Pop3Server server;
  server.add("x: y\r\n\r\n");
  LoggedInConnection connection(server);
  server.rows.fail_sync(true);
  EXPECT_THAT(connection.talk("DELE 1\r\nQUIT\r\n"), HasSubstr("\r\n-ERR [SYS/TEMP] "));
  EXPECT_TRUE(connection.is_closed());
}

TEST(Pop3Session, unreadable_message_is_an_error_of_the_server) {
  Pop3Server server;
  server.add("Subject: x\r\n\r\n" + std::string(100'000, 'x'));
  for (std::uint64_t nth : {0U, 1U}) {
    LoggedInConnection connection(server);
    server.body_faults.arm(nth, kv::FaultMode::nothing_done, kv::Faults::kForever);
    std::string const text = connection.talk("RETR 1\r\n");
    server.body_faults.disarm();
    if (nth == 0) {
      EXPECT_THAT(text, StartsWith("-ERR [SYS/TEMP] "));
    } else {
      // A part without its end must not look like the whole.
      EXPECT_THAT(text, Not(EndsWith(".\r\n")));
      EXPECT_TRUE(connection.is_closed());
    }
  }
}

TEST(Pop3Session, who_goes_on_in_order_needs_nothing_more_from_the_store) {
  Pop3Server server;
  for (int i = 1; i <= 4; ++i) server.add(fmt::format("Subject: {}\r\n\r\n.\r\n", i));
  LoggedInConnection connection(server);
  EXPECT_FALSE(connection.session().knows_answer("RETR 1\r\n"));
  std::string const first = connection.talk("RETR 1\r\n");
  EXPECT_EQ(first, "+OK 17 octets\r\nSubject: 1\r\n\r\n..\r\n.\r\n");
  for (std::string_view const command : {"RETR 2\r\n", "retr 4\r\n", "DELE 1\r\n", "NOOP\r\n"})
    EXPECT_TRUE(connection.session().knows_answer(command)) << command;
  std::string_view const others[] = {"RETR 1\r\n", "RETR 5\r\n",           "RETR 2\n", "RETR 2", "RETR\r\n",
                                     "RETR x\r\n", "RETR 2\r\nRETR 3\r\n", "QUIT\r\n", "\r\n",   ""};
  for (std::string_view const command : others) EXPECT_FALSE(connection.session().knows_answer(command)) << command;
  EXPECT_EQ(connection.talk("RETR 2\r\n"), "+OK 17 octets\r\nSubject: 2\r\n\r\n..\r\n.\r\n");
  EXPECT_FALSE(connection.session().knows_answer("RETR 2\r\n"));
  EXPECT_THAT(connection.talk("DELE 3\r\nRETR 3\r\n"), HasSubstr("-ERR That message is deleted."));
  EXPECT_THAT(connection.talk("RETR 4\r\n"), HasSubstr("Subject: 4"));
  EXPECT_THAT(connection.talk("RETR 1\r\n"), HasSubstr("Subject: 1"));
  connection.talk("QUIT\r\n");
  EXPECT_EQ(server.uids().size(), 3);
}

TEST(Pop3Session, nothing_is_read_ahead_for_who_jumps) {
  Pop3Server server;
  for (int i = 0; i < 4; ++i) server.add("Subject: x\r\n\r\n");
  LoggedInConnection connection(server);
  connection.talk("RETR 3\r\n");
  EXPECT_FALSE(connection.session().knows_answer("RETR 4\r\n"));
  connection.talk("RETR 4\r\nRETR 1\r\n");
  EXPECT_FALSE(connection.session().knows_answer("RETR 2\r\n"));
  connection.talk("RETR 2\r\n");
  EXPECT_TRUE(connection.session().knows_answer("RETR 3\r\n"));
}

TEST(Pop3Session, what_is_read_ahead_is_bounded) {
  Pop3Server server;
  for (int i = 0; i < 5; ++i) server.add("Subject: large\r\n\r\n" + std::string(20'000, '.'));
  LoggedInConnection connection(server);
  connection.talk("RETR 1\r\n");
  EXPECT_TRUE(connection.session().knows_answer("RETR 4\r\n"));
  EXPECT_FALSE(connection.session().knows_answer("RETR 5\r\n"));
}

}  // namespace
}  // namespace yubin::pop3
