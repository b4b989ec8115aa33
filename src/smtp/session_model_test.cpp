// The state machine against a model of a few lines, for each of the three services: after any commands, refused ones
// included, each next command is accepted exactly when the model says so, and each message that is asked for is what
// the model has gathered since a MAIL of its own.
#include <gtest/gtest.h>

#include <array>

#include "base/random.h"
#include "smtp/session.h"

namespace yubin::smtp {
namespace {

constexpr std::size_t kSizeLimit = 16;

// RFC 5321 sections 3.3 and 4.1.4, RFC 3030 section 2, RFC 4954 section 4, RFC 2033 section 4: all that decides what
// may come.
struct Model {
  bool lmtp = false;
  bool needs_login = false;
  bool greeted = false;
  bool logged_in = false;
  bool mail = false;
  bool chunks = false;
  std::size_t recipients = 0;
  std::string body;

  bool forget() {
    mail = chunks = false;
    recipients = 0;
    body.clear();
    return true;
  }

  bool accepts(std::string_view command) {
    bool const let_in = !needs_login || logged_in;
    if (command == (lmtp ? "LHLO c" : "EHLO c")) return greeted = true, forget();
    if (command == "RSET") return forget();
    if (command == "NOOP") return true;
    if (command == "VRFY a") return let_in;
    if (command == "AUTH PLAIN good") return needs_login && greeted && !logged_in ? logged_in = true : false;
    if (command == "MAIL FROM:<>") return greeted && let_in && !mail ? mail = true : false;
    if (command == "RCPT TO:<yes@a>") return mail && !chunks && recipients < 3 ? ++recipients, true : false;
    if (command == "DATA") return recipients > 0 && !chunks;
    return false;  // wrong, or refused by the outside
  }

  // A refused chunk ends the transaction: a message without one of its chunks is none.
  bool accepts_chunk(std::string_view chunk, bool well_formed) {
    if (recipients == 0 || !well_formed || body.size() + chunk.size() > kSizeLimit) return forget(), false;
    chunks = true;
    body += chunk;
    return true;
  }
};

constexpr std::array kCommands = {"EHLO c",
                                  "LHLO c",
                                  "EHLO",
                                  "RSET",
                                  "RSET x",
                                  "NOOP",
                                  "VRFY a",
                                  "MAIL FROM:<>",
                                  "MAIL FROM:",
                                  "MAIL FROM:<no@a>",
                                  "RCPT TO:<yes@a>",
                                  "RCPT TO:<no@a>",
                                  "RCPT TO:<>",
                                  "DATA",
                                  "DATA x",
                                  "XYZZY",
                                  "STARTTLS",
                                  "AUTH PLAIN good",
                                  "AUTH PLAIN evil",
                                  "AUTH XYZZY",
                                  "MAIL FROM:<>",
                                  "RCPT TO:<yes@a>",
                                  "RCPT TO:<yes@a>",
                                  "DATA"};

struct Message {
  std::string_view wire;
  bool well_formed;  // and not refused by the outside
};
// Ends of messages: accepted, refused by the outside, empty, with a bare LF, with a NUL, too large.
constexpr Message kMessages[] = {{"good\r\n.\r\n", true},
                                 {"bad\r\n.\r\n", false},
                                 {".\r\n", true},
                                 {"\n\r\n.\r\n", false},
                                 {std::string_view("a\r\n\0.\r\n.\r\n", 10), true},
                                 {"0123456789012345\r\n.\r\n", false}};
constexpr Message kChunks[] = {{"a\r\n", true}, {"", true},      {"b\r\nc\r\n", true}, {"0123456789012345\r\n", true},
                               {"d\ne", false}, {"f\rg", false}, {"NOOP\r\n", true}};

class Harness {
 public:
  Harness(std::uint64_t seed, bool lmtp, bool needs_login) : random_(seed), session_(options(lmtp, needs_login)) {
    model_.lmtp = lmtp;
    model_.needs_login = needs_login;
    drive();
  }

  void run() {
    for (int i = 0; i < 200 && !testing::Test::HasFatalFailure(); ++i) {
      if (random_.u64() % 4 == 0) {
        send_chunk();
      } else {
        send_command();
      }
    }
  }

 private:
  static std::shared_ptr<Options const> options(bool lmtp, bool needs_login) {
    Options options{.host_name = "mx", .size_limit = kSizeLimit, .max_recipients = 3, .max_errors = 1000};
    options.max_failed_logins = 1000;
    if (lmtp) options.protocol = Protocol::lmtp;
    if (needs_login) options.mechanisms = {"PLAIN"};
    options.login_in_clear = true;
    return std::make_shared<Options const>(std::move(options));
  }

  void send_command() {
    std::string_view const command = kCommands[random_.u64() % kCommands.size()];
    bool const expected = model_.accepts(command);
    feed(std::string(command) + "\r\n");
    ASSERT_EQ(accepted(), expected) << command << " got " << codes_.at(0);
    if (codes_.at(0) == 354) send_message();
  }

  void send_message() {
    Message const& message = kMessages[random_.u64() % std::size(kMessages)];
    // The data without the dot at its end; of these none has a dot to unstuff.
    model_.body = message.wire.substr(0, message.wire.size() - 3);
    std::size_t const replies = model_.lmtp ? model_.recipients : 1;
    feed(message.wire);
    ASSERT_EQ(codes_.size(), replies);
    ASSERT_EQ(accepted(), message.well_formed) << message.wire;
    model_.forget();
  }

  void send_chunk() {
    Message const& chunk = kChunks[random_.u64() % std::size(kChunks)];
    bool const last = random_.u64() % 2 == 0;
    std::size_t const replies = model_.lmtp && last && model_.recipients > 0 ? model_.recipients : 1;
    bool const expected = model_.accepts_chunk(chunk.wire, chunk.well_formed);
    feed("BDAT " + std::to_string(chunk.wire.size()) + (last ? " LAST\r\n" : "\r\n") + std::string(chunk.wire));
    ASSERT_EQ(codes_.size(), replies);
    ASSERT_EQ(accepted(), expected) << chunk.wire << " got " << codes_.at(0);
    if (last) model_.forget();
  }

  bool accepted() const { return codes_.at(0) >= 200 && codes_.at(0) < 400; }

  // In pieces, so that the session never sees more than a random part of what comes.
  void feed(std::string_view bytes) {
    codes_.clear();
    asked_ = 0;
    while (!bytes.empty()) {
      std::size_t const count = 1 + random_.u64() % bytes.size();
      session_.receive(bytes.substr(0, count));
      bytes.remove_prefix(count);
      drive();
    }
    ASSERT_LE(asked_, 1);
  }

  void drive() {
    while (!testing::Test::HasFatalFailure()) {
      Session::Event event = session_.poll();
      if (std::holds_alternative<NeedInput>(event)) return;
      ASSERT_FALSE(std::holds_alternative<Close>(event));
      std::visit([this](auto& one) { handle(one); }, event);
    }
  }

  void handle(NeedInput&) {}
  void handle(Close&) {}
  void handle(Yield&) {}
  void handle(StartTls&) { FAIL(); }
  void handle(Send& send) {
    std::string_view rest = send.bytes;
    while (!rest.empty()) {
      if (rest[3] == ' ') codes_.push_back(std::stoi(std::string(rest.substr(0, 3))));
      rest.remove_prefix(rest.find("\r\n") + 2);
    }
  }
  void handle(Body& body) { body_ += body.chunk; }
  void handle(DropBody&) { body_.clear(); }
  void handle(AskMail& mail) {
    ASSERT_TRUE(body_.empty()) << "something is left of the message before";
    reply(mail.reverse_path.is_null());
  }
  void handle(AskRecipient& recipient) { reply(recipient.recipient.path.text() == "<yes@a>"); }
  void handle(AskSasl& sasl) {
    if (sasl.response->view() == "\x82\x8a\x1d") {  // "good" as base64
      session_.resume(Authenticated{});
    } else {
      session_.resume(Reply(535, {5, 7, 8}, "no"));
    }
  }
  void handle(AskMessage& message) {
    ++asked_;
    ASSERT_TRUE(model_.mail);
    ASSERT_EQ(message.envelope.recipients.size(), model_.recipients);
    ASSERT_EQ(body_, model_.body);
    ASSERT_EQ(message.size, body_.size());
    bool const yes = std::exchange(body_, {}) != "bad\r\n";
    reply(yes);
  }

  void reply(bool yes) { session_.resume(yes ? Reply(250, {2, 0, 0}, "yes") : Reply(550, {5, 0, 0}, "no")); }

  SeededRandom random_;
  Model model_;
  Session session_;
  std::vector<int> codes_;  // of the replies to the last piece of dialogue
  int asked_ = 0;           // messages in it
  std::string body_;
};

void accepts_what_the_model_accepts(bool lmtp, bool needs_login) {
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    Harness harness(seed, lmtp, needs_login);
    harness.run();
    if (testing::Test::HasFatalFailure()) FAIL() << "seed " << seed;
  }
}

TEST(SmtpSessionModel, mx) {
  accepts_what_the_model_accepts(false, false);
}

TEST(SmtpSessionModel, submission) {
  accepts_what_the_model_accepts(false, true);
}

TEST(SmtpSessionModel, lmtp) {
  accepts_what_the_model_accepts(true, false);
}

}  // namespace
}  // namespace yubin::smtp
