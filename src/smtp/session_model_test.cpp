// The state machine against a model of a few lines: after any commands, refused ones included, each next command is
// accepted exactly when the model says so, and a message is asked for only in a transaction of its own.
#include <gtest/gtest.h>

#include <array>

#include "base/random.h"
#include "smtp/session.h"

namespace yubin::smtp {
namespace {

// RFC 5321 sections 3.3 and 4.1.4: all that decides what may come.
struct Model {
  bool greeted = false;
  bool mail = false;
  int recipients = 0;

  bool accepts(std::string_view command) {
    if (command == "EHLO c") return greeted = true, mail = false, recipients = 0, true;
    if (command == "RSET") return mail = false, recipients = 0, true;
    if (command == "NOOP" || command == "VRFY a") return true;
    if (command == "MAIL FROM:<>") return greeted && !mail ? mail = true : false;
    if (command == "RCPT TO:<yes@a>") return mail && recipients < 3 ? ++recipients, true : false;
    if (command == "DATA") return recipients > 0;
    return false;  // wrong, or refused by the outside
  }
  void message_ended() { mail = false, recipients = 0; }
};

constexpr std::array kCommands = {"EHLO c",
                                  "EHLO",
                                  "RSET",
                                  "RSET x",
                                  "NOOP",
                                  "VRFY a",
                                  "MAIL FROM:<>",
                                  "MAIL FROM:<no@a>",
                                  "MAIL FROM:",
                                  "RCPT TO:<yes@a>",
                                  "RCPT TO:<no@a>",
                                  "RCPT TO:<>",
                                  "DATA",
                                  "DATA x",
                                  "XYZZY",
                                  "STARTTLS",
                                  "MAIL FROM:<>",
                                  "RCPT TO:<yes@a>",
                                  "RCPT TO:<yes@a>",
                                  "DATA"};
// Ends of messages: accepted, refused by the outside, empty, with a bare LF, too large.
constexpr std::array kMessages = {"good\r\n.\r\n", "bad\r\n.\r\n", ".\r\n", "\n\r\n.\r\n", "0123456789012345\r\n.\r\n"};

class Harness {
 public:
  explicit Harness(std::uint64_t seed) : random_(seed) { drive(); }

  void run() {
    for (int i = 0; i < 200; ++i) {
      std::string_view command = kCommands[random_.u64() % kCommands.size()];
      bool const expected = model_.accepts(command);
      code_ = 0;
      session_.receive(std::string(command) + "\r\n");
      drive();
      ASSERT_EQ(code_ >= 200 && code_ < 400, expected) << command << " got " << code_ << " after " << i;
      if (code_ == 354) send_message();
    }
  }

 private:
  void send_message() {
    std::string_view message = kMessages[random_.u64() % kMessages.size()];
    bool const good = message == kMessages[0] || message == kMessages[2];
    body_.clear();
    session_.receive(message);
    drive();
    ASSERT_EQ(code_ == 250, good) << message;
    model_.message_ended();
  }

  void drive() {
    while (true) {
      Session::Event event = session_.poll();
      if (std::holds_alternative<NeedInput>(event)) return;
      if (auto* send = std::get_if<Send>(&event)) code_ = std::stoi(send->bytes);
      if (auto* body = std::get_if<Body>(&event)) body_ += body->chunk;
      if (auto* mail = std::get_if<AskMail>(&event)) reply(mail->reverse_path.is_null());
      if (auto* rcpt = std::get_if<AskRecipient>(&event)) reply(rcpt->recipient.text() == "<yes@a>");
      if (auto* message = std::get_if<AskMessage>(&event)) {
        ASSERT_TRUE(model_.mail);
        ASSERT_GT(model_.recipients, 0);
        ASSERT_EQ(message->envelope.recipients.size(), static_cast<std::size_t>(model_.recipients));
        reply(body_ != "bad\r\n");
      }
      ASSERT_FALSE(std::holds_alternative<Close>(event));
    }
  }

  void reply(bool yes) { session_.resume(yes ? Reply(250, {2, 0, 0}, "yes") : Reply(550, {5, 0, 0}, "no")); }

  SeededRandom random_;
  Model model_;
  Session session_{std::make_shared<Options const>(
      Options{.host_name = "mx", .size_limit = 16, .max_recipients = 3, .max_errors = 1000})};
  int code_ = 0;
  std::string body_;
};

TEST(SmtpSessionModel, accepts_what_the_model_accepts) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Harness harness(seed);
    harness.run();
    if (HasFatalFailure()) FAIL() << "seed " << seed;
  }
}

}  // namespace
}  // namespace yubin::smtp
