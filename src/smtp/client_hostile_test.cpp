// Servers that stall at each step, go away at each byte, or talk nonsense: each ends in the right fate.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "smtp/client_session.h"

namespace yubin::smtp {
namespace {

// What a server says in a whole dialogue, one reply for each thing that it is told, be it told one by one or at once.
struct Server {
  std::string_view name;
  std::vector<std::string> replies;
  std::size_t taken;  // which of them takes the message
};
std::vector<Server> const kServers = {
    {"plain",
     {"220 mx.test ESMTP\r\n", "250-mx.test\r\n250 8BITMIME\r\n", "250 2.1.0 ok\r\n", "250 2.1.5 ok\r\n",
      "354 go on\r\n", "250 2.0.0 taken\r\n", "221 bye\r\n"},
     5},
    {"pipelining",
     {"220 mx.test ESMTP\r\n", "250-mx.test\r\n250-PIPELINING\r\n250 8BITMIME\r\n", "250 2.1.0 ok\r\n",
      "250 2.1.5 ok\r\n", "354 go on\r\n", "250 2.0.0 taken\r\n", "221 bye\r\n"},
     5},
    {"chunking",
     {"220 mx.test ESMTP\r\n", "250-mx.test\r\n250-PIPELINING\r\n250-CHUNKING\r\n250 8BITMIME\r\n", "250 2.1.0 ok\r\n",
      "250 2.1.5 ok\r\n", "250 2.0.0 taken\r\n", "221 bye\r\n"},
     4},
};

class Dialogue {
 public:
  Dialogue()
      : session_(std::make_shared<ClientOptions const>(
            ClientOptions{.host_name = "us.test", .peer = "mx", .chunking = ClientOptions::Chunking::if_offered})) {
    run();
  }

  void say(std::string_view bytes) {
    if (!closed_) session_.receive(bytes);
    run();
  }
  void lose() {
    if (!closed_) session_.lost("the connection was lost");
    run();
  }
  void be_silent() {
    if (!closed_) session_.wake(WakeReason::deadline);
    run();
  }

  // "delivered 2.0.0", "unusable 4.4.2", "-": nothing yet.
  std::string const& fate() const { return fate_; }
  bool is_closed() const { return closed_; }

 private:
  void run() {
    while (!closed_) {
      ClientSession::Event event = session_.poll();
      if (std::holds_alternative<NeedInput>(event)) return;
      std::visit([this](auto& one) { on(one); }, event);
    }
  }

  void on(Send&) {}
  void on(NextMessage&) {
    if (std::exchange(asked_, true)) return session_.resume(Done{});
    Envelope envelope{ReversePath::parse("<a@us.test>").value(), {.size = 9}, {}};
    envelope.recipients.push_back({ForwardPath::parse("<b@them.test>").value()});
    session_.resume(OutgoingMessage{std::move(envelope)});
  }
  void on(NextChunk&) { session_.resume(NextBytes{"Hello\r\n", true}); }
  void on(MessageOutcome& outcome) {
    constexpr std::string_view kFates[] = {"delivered ", "deferred ", "failed "};
    fate_ = std::string(kFates[outcome.recipients.front().index()]) + detail(outcome.recipients.front()).status.text();
  }
  void on(Unusable& unusable) { fate_ = "unusable " + unusable.why.status.text(); }
  void on(Close&) { closed_ = true; }
  template <class Other>
  void on(Other&) {
    ADD_FAILURE() << "not in this dialogue";
    closed_ = true;
  }

  ClientSession session_;
  std::string fate_ = "-";
  bool asked_ = false;
  bool closed_ = false;
};

// The fate when the server says the first `count` of its replies and then does this.
std::string after(Server const& server, std::size_t count, std::function<void(Dialogue&)> const& then) {
  Dialogue dialogue;
  for (std::size_t i = 0; i < count; ++i) dialogue.say(server.replies[i]);
  then(dialogue);
  EXPECT_TRUE(dialogue.is_closed()) << server.name << count;
  return dialogue.fate();
}

// Before the message was asked for nothing is lost with this host; later the message waits; taken is taken.
std::string expected(Server const& server, std::size_t count, std::string_view status) {
  if (count > server.taken) return "delivered 2.0.0";
  return (count < 2 ? "unusable " : "deferred ") + std::string(status);
}

// At each step of each server the same is done, and the fate must be as expected.
void at_each_step(std::string_view status, std::function<void(Dialogue&, std::string const& reply)> const& then) {
  for (Server const& server : kServers)
    for (std::size_t count = 0; count < server.replies.size(); ++count)
      EXPECT_EQ(after(server, count, [&](Dialogue& dialogue) { then(dialogue, server.replies[count]); }),
                expected(server, count, status))
          << server.name << " at " << count;
}

TEST(HostileServer, that_stalls_at_a_step_loses_nothing) {
  at_each_step("4.4.2", [](Dialogue& dialogue, std::string const&) { dialogue.be_silent(); });
}

TEST(HostileServer, that_goes_away_at_any_byte_loses_nothing) {
  for (std::size_t bytes = 0; bytes < 60; ++bytes)
    at_each_step("4.4.2", [=](Dialogue& dialogue, std::string const& reply) {
      dialogue.say(reply.substr(0, std::min(bytes, reply.size() - 1)));
      dialogue.lose();
    });
}

TEST(HostileServer, that_talks_nonsense_at_a_step_loses_nothing) {
  for (std::string_view const nonsense : {"SSH-2.0-x\r\n", "\r\n", "99 x\r\n", "600 x\r\n", "\xff\xfe\r\n"})
    at_each_step("4.5.0", [=](Dialogue& dialogue, std::string const&) {
      dialogue.say(nonsense);
      dialogue.lose();
    });
}

TEST(HostileServer, that_never_ends_its_reply_is_left) {
  for (std::string_view const endless : {"250-x\r\n", "250 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"})
    at_each_step("4.5.0", [=](Dialogue& dialogue, std::string const&) {
      std::size_t bytes = 0;
      while (!dialogue.is_closed() && bytes < 10'000'000) {
        dialogue.say(endless);
        bytes += endless.size();
      }
      EXPECT_LT(bytes, 100'000U);
    });
}

// Replies that were not asked for must not be taken for the answer to what comes later.
TEST(HostileServer, that_answers_too_much_is_left) {
  Server const& server = kServers.front();
  for (std::size_t count = 2; count < server.taken; ++count) {
    Dialogue dialogue;
    for (std::size_t i = 0; i < count; ++i) dialogue.say(server.replies[i]);
    dialogue.say(server.replies[count] + "250 2.0.0 taken\r\n");
    dialogue.lose();
    EXPECT_NE(dialogue.fate().substr(0, 9), "delivered") << count;
  }
}

}  // namespace
}  // namespace yubin::smtp
