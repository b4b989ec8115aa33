// What transcripts cannot show: time, slices, failures of the disk, memory. Dialogues are under tests/transcripts/imap.
#include "imap/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "imap/command.h"
#include "tests/kit/imap_server.h"

namespace yubin::imap {
namespace {

using kit::ImapConnection;
using kit::ImapServer;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using Tls = Connection::Tls;

constexpr std::string_view kLogin = "l LOGIN hanako@example.test secret\r\n";

std::string append(std::string_view mailbox, std::string_view message) {
  return fmt::format("p APPEND {} {{{}+}}\r\n{}\r\n", mailbox, message.size(), message);
}

// Logged in, with INBOX selected and what was said so far heard.
class LoggedInConnection : public ImapConnection {
 public:
  explicit LoggedInConnection(ImapServer& server) : ImapConnection(server, Tls::on) {
    talk(kLogin);
    EXPECT_THAT(talk("s SELECT INBOX\r\n"), HasSubstr("s OK [READ-WRITE]"));
  }
};

TEST(ImapSession, IdleLimitGrowsWithLogin) {
  ImapServer server;
  ImapConnection connection(server, Tls::on);
  EXPECT_EQ(connection.session().idle_limit(), std::chrono::seconds(60));
  connection.talk(kLogin);
  EXPECT_EQ(connection.session().idle_limit(), std::chrono::minutes(30));
}

TEST(ImapSession, SaysGoodByeAtTheDeadlineAndAtShutdown) {
  ImapServer server;
  for (WakeReason reason : {WakeReason::deadline, WakeReason::shutdown}) {
    ImapConnection connection(server, Tls::on);
    connection.receive();
    connection.wake(reason);
    EXPECT_THAT(connection.receive(), StartsWith("* BYE"));
    EXPECT_TRUE(connection.is_closed());
  }
}

TEST(ImapSession, SaysGoodByeInsideIdleAndInsideAMessage) {
  ImapServer server;
  for (std::string_view waiting : {"i IDLE\r\n", "p APPEND INBOX {100+}\r\nhalf", "a LOGIN {3}\r\n"}) {
    LoggedInConnection connection(server);
    connection.talk(waiting);
    connection.wake(WakeReason::shutdown);
    EXPECT_THAT(connection.receive(), StartsWith("* BYE [UNAVAILABLE]")) << waiting;
    EXPECT_TRUE(connection.is_closed());
  }
  EXPECT_THAT(LoggedInConnection(server).talk("n STATUS INBOX (MESSAGES)\r\n"), HasSubstr("MESSAGES 0"));
}

TEST(ImapSession, ForgetsWhatIsPipelinedBehindStarttls) {
  ImapServer server;
  ImapConnection connection(server, Tls::offered);
  connection.receive();
  EXPECT_THAT(connection.talk("a STARTTLS\r\nb NOOP\r\nc NOOP"), StartsWith("a OK"));
  ASSERT_TRUE(connection.is_upgrading());
  connection.start_tls();
  EXPECT_EQ(connection.receive(), "");
  EXPECT_THAT(connection.talk("d CAPABILITY\r\n"), HasSubstr("AUTH=PLAIN"));
}

// A client that reads slowly costs a slice, not a message: what is sent at a time stays small.
TEST(ImapSession, SendsALargeMessageInSlices) {
  ImapServer server;
  LoggedInConnection connection(server);
  std::string const message = "Subject: large\r\n\r\n" + std::string(1'000'000, 'x') + "\r\n";
  EXPECT_THAT(connection.talk(append("INBOX", message)), HasSubstr("p OK [APPENDUID"));
  std::string const answer = connection.talk("f FETCH 1 (UID BODY[])\r\n");
  EXPECT_EQ(answer, fmt::format("* 1 FETCH (UID 1 FLAGS (\\Seen) BODY[] {{{}}}\r\n{})\r\nf OK FETCH completed.\r\n",
                                message.size(), message));
  EXPECT_LE(connection.largest_send(), 64U * 1024);
}

TEST(ImapSession, ManyMessagesInPages) {
  ImapServer server;
  LoggedInConnection connection(server);
  constexpr int kCount = 150;
  std::string all;
  for (int i = 0; i < kCount; ++i) all += append("INBOX", fmt::format("Subject: {}\r\n\r\nx\r\n", i));
  connection.talk(all);
  std::string expected;
  for (int i = 0; i < kCount; ++i)
    expected += fmt::format("* {} FETCH (ENVELOPE (NIL \"{}\" NIL NIL NIL NIL NIL NIL NIL NIL))\r\n", i + 1, i);
  EXPECT_EQ(connection.talk("f FETCH 1:* ENVELOPE\r\n"), expected + "f OK FETCH completed.\r\n");
  EXPECT_THAT(connection.talk("u UID SEARCH SUBJECT 149\r\n"), StartsWith("* SEARCH 150\r\n"));
}

// RFC 9051 section 7.5.1: EXPUNGE is held back while a client speaks in sequence numbers, and told with the next
// command that does not.
TEST(ImapSession, HoldsExpungeBack) {
  ImapServer server;
  LoggedInConnection first(server);
  first.talk(append("INBOX", "Subject: 1\r\n\r\n") + append("INBOX", "Subject: 2\r\n\r\n"));
  LoggedInConnection second(server);
  second.talk("e STORE 1 +FLAGS (\\Deleted)\r\ne EXPUNGE\r\n");

  EXPECT_EQ(first.talk("f FETCH 1:2 (UID FLAGS)\r\n"),
            "* 2 FETCH (UID 2 FLAGS ())\r\nf NO [EXPUNGEISSUED] Some of the messages do not exist any more.\r\n");
  EXPECT_EQ(first.talk("g SEARCH ALL\r\n"), "* SEARCH 2\r\ng OK SEARCH completed.\r\n");
  EXPECT_THAT(first.talk("h STORE 1:2 +FLAGS (\\Seen)\r\n"), HasSubstr("h NO [EXPUNGEISSUED]"));
  EXPECT_EQ(first.talk("i UID FETCH 1:2 (FLAGS)\r\n"),
            "* 2 FETCH (UID 2 FLAGS (\\Seen))\r\n* 1 EXPUNGE\r\ni OK FETCH completed.\r\n");
}

TEST(ImapSession, NewMessagesAreToldWhileExpungeIsHeldBack) {
  ImapServer server;
  LoggedInConnection first(server);
  first.talk(append("INBOX", "Subject: 1\r\n\r\n"));
  LoggedInConnection second(server);
  second.talk("e STORE 1 +FLAGS (\\Deleted)\r\ne EXPUNGE\r\n" + append("INBOX", "Subject: 2\r\n\r\n"));
  EXPECT_EQ(first.talk("g SEARCH ALL\r\n"), "* SEARCH\r\n* 2 EXISTS\r\ng OK SEARCH completed.\r\n");
  EXPECT_EQ(first.talk("n NOOP\r\n"), "* 1 EXPUNGE\r\nn OK Completed.\r\n");
  EXPECT_EQ(first.talk("g SEARCH ALL\r\n"), "* SEARCH 1\r\ng OK SEARCH completed.\r\n");
}

TEST(ImapSession, IdleTellsWhatOthersDo) {
  ImapServer server;
  LoggedInConnection watcher(server);
  LoggedInConnection other(server);
  EXPECT_EQ(watcher.talk("i IDLE\r\n"), "+ idling\r\n");
  other.talk(append("INBOX", "Subject: 1\r\n\r\n"));
  EXPECT_EQ(watcher.receive(), "* 1 EXISTS\r\n");
  other.talk("s STORE 1 +FLAGS (\\Flagged work)\r\n");
  EXPECT_THAT(watcher.receive(), EndsWith("* 1 FETCH (UID 1 FLAGS (\\Flagged work))\r\n"));
  other.talk("d STORE 1 +FLAGS.SILENT (\\Deleted)\r\nd EXPUNGE\r\n");
  EXPECT_EQ(watcher.receive(), "* 1 EXPUNGE\r\n");
  EXPECT_EQ(watcher.talk("done\r\n"), "i OK IDLE completed.\r\n");
  other.talk(append("INBOX", "Subject: 2\r\n\r\n"));
  EXPECT_EQ(watcher.receive(), "");
}

TEST(ImapSession, MailboxIsRemovedUnderTheSession) {
  for (std::string_view command : {"n NOOP\r\n", "f FETCH 1 FLAGS\r\n", "f UID FETCH 1 BODY[]\r\n", "s SEARCH ALL\r\n",
                                   "t STORE 1 +FLAGS (\\Seen)\r\n", "e EXPUNGE\r\n", "c COPY 1 INBOX\r\n"}) {
    ImapServer server;
    LoggedInConnection first(server);
    first.talk("c CREATE gone\r\n" + append("gone", "Subject: 1\r\n\r\n") + "s SELECT gone\r\n");
    LoggedInConnection second(server);
    EXPECT_THAT(second.talk("d DELETE gone\r\n"), StartsWith("d OK"));
    EXPECT_THAT(first.talk(command), HasSubstr("* BYE")) << command;
    EXPECT_TRUE(first.is_closed());
  }
  ImapServer server;
  LoggedInConnection idling(server);
  idling.talk("c CREATE gone\r\ns SELECT gone\r\ni IDLE\r\n");
  LoggedInConnection second(server);
  second.talk("d DELETE gone\r\n");
  EXPECT_THAT(idling.receive(), StartsWith("* BYE"));
}

TEST(ImapSession, APartOfTheDiskFails) {
  ImapServer server;
  LoggedInConnection connection(server);
  std::string const message = "Subject: x\r\n\r\n" + std::string(200'000, 'x');
  connection.talk(append("INBOX", message));
  // Small bodies that cannot be read together are read one by one.
  server.body_faults.arm(0, kv::FaultMode::nothing_done, 1);
  EXPECT_THAT(connection.talk("f FETCH 1 (BODY.PEEK[])\r\n"), testing::AllOf(HasSubstr(message), HasSubstr("f OK")));
  // Before the literal's head the failure can be told, after it the connection ends.
  server.body_faults.arm(0, kv::FaultMode::nothing_done, kv::Faults::kForever);
  EXPECT_EQ(connection.talk("f FETCH 1 (BODY.PEEK[])\r\n"),
            "* 1 FETCH (BODY[] NIL)\r\nf NO [UNAVAILABLE] That is not possible now; try again later.\r\n");
  server.body_faults.arm(2, kv::FaultMode::nothing_done, kv::Faults::kForever);  // the first asks for small ones
  std::string const cut = connection.talk("f FETCH 1 (BODY.PEEK[])\r\n");
  EXPECT_THAT(cut, Not(HasSubstr("f NO")));
  EXPECT_THAT(cut, Not(HasSubstr("BYE")));
  EXPECT_TRUE(connection.is_closed());
}

TEST(ImapSession, AppendNeverSaysOkWhenABodyFails) {
  for (std::uint64_t step = 0;; ++step) {
    ImapServer server;
    LoggedInConnection connection(server);
    server.body_faults.arm(step, kv::FaultMode::nothing_done);
    std::string const answer = connection.talk(append("INBOX", "Subject: x\r\n\r\nx\r\n"));
    bool const failed = server.body_faults.failed() > 0;
    EXPECT_THAT(answer, HasSubstr(failed ? "p NO [UNAVAILABLE]" : "p OK")) << step;
    EXPECT_THAT(connection.talk("t STATUS INBOX (MESSAGES)\r\n"), HasSubstr(failed ? "MESSAGES 0" : "MESSAGES 1"));
    if (!failed) {
      EXPECT_GE(step, 3U);  // begin, append, seal
      break;
    }
  }
}

TEST(ImapSession, NoPositiveAnswerWithoutSync) {
  for (std::string_view command : {"t STORE 1 +FLAGS (\\Seen)\r\n", "t CREATE new\r\n", "t DELETE old\r\n",
                                   "t RENAME old new\r\n", "t COPY 1 old\r\n", "t MOVE 1 old\r\n", "t EXPUNGE\r\n",
                                   "t CLOSE\r\n", "t SUBSCRIBE old\r\n", "t APPEND INBOX {1+}\r\nx\r\n"}) {
    ImapServer server;
    LoggedInConnection connection(server);
    connection.talk("c CREATE old\r\n" + append("INBOX", "Subject: x\r\n\r\nx\r\n"));
    connection.talk("d STORE 1 +FLAGS (\\Deleted)\r\n");
    server.rows.fail_sync(true);
    EXPECT_THAT(connection.talk(command), HasSubstr("t NO [UNAVAILABLE]")) << command;
  }
}

TEST(ImapSession, ReadingGoesOnWhenNothingCanBeWritten) {
  ImapServer server;
  LoggedInConnection connection(server);
  connection.talk(append("INBOX", "Subject: x\r\n\r\nx\r\n"));
  server.rows.fail_sync(true);
  std::string const answer = connection.talk("f FETCH 1 BODY[TEXT]\r\n");
  EXPECT_THAT(answer, StartsWith("* 1 FETCH (BODY[TEXT] {3}\r\nx\r\n)\r\n"));
  EXPECT_THAT(answer, EndsWith("f OK FETCH completed.\r\n"));
}

// 4,000 parentheses, a line without end and such cost no more than the limits, before anybody has logged in.
TEST(ImapSession, HostileInputBeforeLogin) {
  ImapServer server;
  struct Row {
    std::string input;
    std::string_view answer;
  };
  Row const rows[] = {
      {"a NOOP " + std::string(4000, '(') + "\r\n", "a BAD"},
      {"a SEARCH " + std::string(4000, '(') + "\r\n", "a BAD"},
      {"a LOGIN {8193}\r\n", "a NO [TOOBIG]"},
      {"a LOGIN {4096}\r\n" + std::string(4096, 'x') + " {4097}\r\n", "+ Ready for the literal.\r\na NO [TOOBIG]"},
      {"a LOGIN {99999999999999999999999}\r\n", "a NO [TOOBIG]"},
      {"a LOGIN {1099511627776}\r\n", "a NO [TOOBIG]"},
      {"a LOGIN {1099511627776+}\r\n", "* BYE [TOOBIG]"},
      {"a LOGIN {1+}\r\nxjunk {1+}\r\nx\r\n", "a BAD"},
      {"a LOGIN \"x\"junk x\r\n", "a BAD"},
      {"a LIST \"\" " + std::string(7000, '%') + "\r\n", "a BAD"},
      {"a LOGIN {8193+}\r\n", "* BYE [TOOBIG]"},
      {std::string(9000, 'x'), "* BYE [TOOBIG]"},
      {"a AUTHENTICATE PLAIN\r\n" + std::string(9000, 'A'), "+ \r\n* BYE [TOOBIG]"},
      {"a AUTHENTICATE PLAIN ====\r\n", "a BAD"},
      {std::string("a NOOP\0\r\n", 9), "a BAD"},
  };
  for (Row const& row : rows) {
    ImapConnection connection(server, Tls::on);
    connection.receive();
    EXPECT_THAT(connection.talk(row.input), StartsWith(row.answer)) << row.input.substr(0, 40);
    EXPECT_LE(connection.largest_send(), 1000U);
  }
}

TEST(ImapSession, HostileInputAfterLogin) {
  ImapServer server;
  struct Row {
    std::string input;
    std::string_view answer;
  };
  std::string keys;
  for (int i = 0; i < 40; ++i) keys += "NOT ";
  Row const rows[] = {
      {"p APPEND INBOX {1099511627776}\r\n", "p NO [TOOBIG]"},
      {"p APPEND INBOX {1099511627776+}\r\n", "* BYE [TOOBIG]"},
      {"a SEARCH " + std::string(4000, '(') + "\r\n", "a BAD"},
      {"a SEARCH " + keys + "ALL\r\n", "a BAD"},
      {"a FETCH 1:* (" + std::string(30'000, '(') + "\r\n", "a BAD"},
      {"a UID FETCH 1:4294967295,1:4294967295,4294967295:1 (FLAGS)\r\n", "a OK"},
      {"a STORE 1:* +FLAGS (" + std::string(200, 'x') + ")\r\n", "a BAD"},
      {std::string(70'000, 'x'), "* BYE [TOOBIG]"},
  };
  for (Row const& row : rows) {
    LoggedInConnection connection(server);
    EXPECT_THAT(connection.talk(row.input), StartsWith(row.answer)) << row.input.substr(0, 40);
    EXPECT_LE(connection.largest_send(), 2000U);
  }
}

// What stands in the table is what happens: in all other states a command is refused before it is looked at.
TEST(ImapSession, CommandsInWrongStatesAreBad) {
  ImapServer server;
  for (State state : {State::not_authenticated, State::authenticated, State::selected}) {
    for (Command const& command : commands()) {
      if ((command.states & static_cast<unsigned>(state)) != 0) continue;
      ImapConnection connection(server, Tls::on);
      connection.receive();
      if (state != State::not_authenticated) connection.talk(kLogin);
      if (state == State::selected) connection.talk("s SELECT INBOX\r\n");
      EXPECT_EQ(connection.talk(fmt::format("w {}\r\n", command.name)),
                "w BAD This command is not possible in this state.\r\n");
    }
  }
}

// A pattern of many wildcards costs as much as a short one (mailbox_pattern.h says how much).
TEST(ImapSession, ListWithManyWildcards) {
  ImapServer server;
  auto create = [](store::Changes& changes) -> Result<> {
    for (int i = 0; i < 500; ++i) {
      TRY(store::MailboxName name, store::MailboxName::parse(fmt::format("folder{}/of a long name {}", i % 20, i)));
      TRY_VOID(changes.create_mailbox(store::AccountId(1), name));
    }
    return {};
  };
  ASSERT_TRUE(server.store.change<void>({store::AccountId(1)}, Lane::reading, create).wait());
  LoggedInConnection connection(server);
  std::string pattern;
  for (int i = 0; i < 10'000; ++i) pattern += "%*";
  EXPECT_THAT(connection.talk("a LIST \"\" " + pattern + "z\r\n"), EndsWith("a OK LIST completed.\r\n"));
  EXPECT_THAT(connection.talk("a LIST \"\" " + pattern + "499\r\n"), HasSubstr("of a long name 499"));
}

TEST(ImapSession, GivesUpOnAClientThatOnlyErrs) {
  ImapServer server;
  server.options->max_bad_commands = 3;
  ImapConnection connection(server, Tls::on);
  connection.receive();
  EXPECT_THAT(connection.talk("a X\r\nb NOOP\r\nc X\r\nd LOGIN x y\r\n"), Not(HasSubstr("BYE")));
  EXPECT_THAT(connection.talk("e X\r\n"), EndsWith("* BYE Too many wrong commands.\r\n"));
  EXPECT_TRUE(connection.is_closed());

  LoggedInConnection known(server);
  for (int i = 0; i < 10; ++i) EXPECT_THAT(known.talk("a X\r\nb NOOP\r\n"), Not(HasSubstr("BYE")));
  EXPECT_THAT(known.talk("a X\r\na X\r\na X\r\na X\r\n"), HasSubstr("* BYE"));
}

}  // namespace
}  // namespace yubin::imap
