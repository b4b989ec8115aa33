// Whatever stands in a message or behind STARTTLS, and wherever the bytes are cut on their way: it is never taken for
// commands. RFC 5321 section 4.1.1.4, RFC 3030 section 2, RFC 3207 section 4.2.
#include <gtest/gtest.h>

#include "smtp/session.h"

namespace yubin::smtp {
namespace {

// A session, and who was asked about.
class Recorder {
 public:
  Recorder() { drive(); }

  void feed(std::string_view bytes) {
    session_.receive(bytes);
    drive();
  }

  std::string senders;  // of all MAIL commands, "<a><b>"
  int messages = 0;
  std::string body;
  bool upgrading = false;

  void upgraded() {
    upgrading = false;
    session_.resume(Done{});
    drive();
  }

 private:
  void drive() {
    while (!upgrading) {
      Session::Event event = session_.poll();
      if (std::holds_alternative<NeedInput>(event) || std::holds_alternative<Close>(event)) return;
      std::visit([this](auto& one) { handle(one); }, event);
    }
  }
  void handle(AskMail& mail) {
    senders += mail.reverse_path.text();
    session_.resume(Reply(250, {2, 1, 0}, "yes"));
  }
  void handle(AskRecipient&) { session_.resume(Reply(250, {2, 1, 5}, "yes")); }
  void handle(AskMessage&) {
    ++messages;
    session_.resume(Reply(250, {2, 0, 0}, "yes"));
  }
  void handle(AskSasl&) { FAIL() << "asked for a login"; }
  void handle(Body& chunk) { body += chunk.chunk; }
  void handle(StartTls&) { upgrading = true; }
  template <class Other>
  void handle(Other&) {}

  Session session_{std::make_shared<Options const>(Options{.host_name = "mx.example.test", .starttls = true})};
};

constexpr std::string_view kBegin = "EHLO c.example\r\nMAIL FROM:<good@c.example>\r\nRCPT TO:<a@b.test>\r\n";
constexpr std::string_view kInjected =
    "MAIL FROM:<evil@c.example>\r\nRCPT TO:<a@b.test>\r\nDATA\r\nSubject: evil\r\n\r\nsecond";

using namespace std::string_view_literals;

// What some server somewhere took for the end of the data, or made it of.
constexpr std::string_view kNoEnds[] = {
    "\n.\n"sv,       "\n.\r\n"sv,     "\r\n.\n"sv,       "\r.\r"sv,
    "\r\n.\r"sv,     "\r.\r\n"sv,     "\n.\r"sv,         "\r.\n"sv,
    "\n\n.\r\n"sv,   "\r\r\n.\n"sv,   "\r\n\n.\n"sv,     "\r\n.\n\r"sv,
    "\r\n.\r\r\n"sv, "\r\n\r.\r\n"sv, "\n\r\n.\n"sv,     "\r\n\r.\r"sv,
    "\r\n.\0\r\n"sv, "\r\n\0.\r\n"sv, "\r\n.\r\0\n"sv,   "\r\0\n.\r\n"sv,
    "\0\r\n.\n"sv,   "\r\n .\r\n"sv,  "\r\n. \r\n"sv,    "\r\n..\r\n"sv,
    "\r\n.\t\r\n"sv, "\x85.\x85"sv,   "\r\n.\x0b\r\n"sv, "\xe2\x80\xa8.\xe2\x80\xa8"sv};

TEST(Smuggling, what_is_no_end_of_the_data_ends_nothing) {
  for (std::string_view end : kNoEnds) {
    std::string const all = std::string(kBegin) + "DATA\r\nSubject: x\r\n\r\nfirst" + std::string(end) +
                            std::string(kInjected) + "\r\n.\r\n";
    for (std::size_t cut = 0; cut <= all.size(); ++cut) {
      Recorder recorder;
      recorder.feed(std::string_view(all).substr(0, cut));
      recorder.feed(std::string_view(all).substr(cut));
      ASSERT_EQ(recorder.senders, "<good@c.example>") << testing::PrintToString(end) << " cut at " << cut;
      ASSERT_LE(recorder.messages, 1);
      // Either refused, or one message with the attempt inside.
      if (recorder.messages == 1) ASSERT_NE(recorder.body.find("<evil@c.example>"), std::string::npos);
      recorder.feed("MAIL FROM:<next@c.example>\r\n");
      ASSERT_EQ(recorder.senders, "<good@c.example><next@c.example>");
    }
  }
}

TEST(Smuggling, octets_of_a_chunk_are_no_commands) {
  for (std::string_view end : kNoEnds) {
    for (std::string_view mark : {""sv, " LAST"sv}) {
      std::string const octets = "Subject: x\r\n\r\n" + std::string(end) + "\r\n.\r\n" + std::string(kInjected);
      std::string const all =
          std::string(kBegin) + "BDAT " + std::to_string(octets.size()) + std::string(mark) + "\r\n" + octets;
      for (std::size_t cut = 0; cut <= all.size(); ++cut) {
        Recorder recorder;
        recorder.feed(std::string_view(all).substr(0, cut));
        recorder.feed(std::string_view(all).substr(cut));
        recorder.feed("RSET\r\nMAIL FROM:<next@c.example>\r\n");
        ASSERT_EQ(recorder.senders, "<good@c.example><next@c.example>") << cut;
      }
    }
  }
}

TEST(Smuggling, what_is_pipelined_behind_starttls_is_thrown_away) {
  std::string const all =
      "EHLO c.example\r\nSTARTTLS\r\nEHLO evil.example\r\nMAIL FROM:<evil@c.example>\r\nAUTH PLAIN AAAA\r\n";
  std::size_t const starttls = all.find("EHLO evil");
  for (std::size_t cut = starttls; cut <= all.size(); ++cut) {
    Recorder recorder;
    recorder.feed(std::string_view(all).substr(0, cut));
    ASSERT_TRUE(recorder.upgrading);
    recorder.feed(std::string_view(all).substr(cut));  // read from the socket before the handshake
    recorder.upgraded();
    recorder.feed("MAIL FROM:<early@c.example>\r\nEHLO c.example\r\nMAIL FROM:<good@c.example>\r\n");
    ASSERT_EQ(recorder.senders, "<good@c.example>") << cut;
  }
}

TEST(Smuggling, the_real_end_ends_wherever_it_is_cut) {
  std::string const all = std::string(kBegin) + "DATA\r\n..\r\n.x\r\n\r\n.\r\nMAIL FROM:<next@c.example>\r\n";
  for (std::size_t cut = 0; cut <= all.size(); ++cut) {
    Recorder recorder;
    recorder.feed(std::string_view(all).substr(0, cut));
    recorder.feed(std::string_view(all).substr(cut));
    ASSERT_EQ(recorder.messages, 1);
    ASSERT_EQ(recorder.body, ".\r\nx\r\n\r\n");
    ASSERT_EQ(recorder.senders, "<good@c.example><next@c.example>");
  }
}

}  // namespace
}  // namespace yubin::smtp
