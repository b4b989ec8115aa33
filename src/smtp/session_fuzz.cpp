// Any bytes from a client: the session answers the same however they were cut, its output is well-formed, and it asks
// for a message only when the data really ended in CR LF . CR LF, with exactly what stood before it.
#include <cstdint>

#include "base/assert.h"
#include "smtp/session.h"

namespace yubin::smtp {
namespace {

std::shared_ptr<Options const> options() {
  static auto const instance = std::make_shared<Options const>(Options{.host_name = "mx.example.test",
                                                                       .size_limit = 200,
                                                                       .max_recipients = 3,
                                                                       .line_limit = 100,
                                                                       .max_errors = 5,
                                                                       .starttls = true});
  return instance;
}

class Driver {
 public:
  Driver() { drive(); }

  void feed(std::string_view bytes) {
    if (closed_ || upgraded_) return;  // what came before the upgrade is thrown away
    fed_ += bytes;
    session_.receive(bytes);
    drive();
    if (upgraded_) after_upgrade();
  }

  // Feeding single bytes, the session has seen exactly what was fed, so that the data can be judged from outside.
  void feed_single_bytes(std::string_view bytes) {
    judging_ = true;
    for (std::size_t i = 0; i < bytes.size(); ++i) feed(bytes.substr(i, 1));
  }

  friend bool operator==(Driver const& a, Driver const& b) { return a.output_ == b.output_ && a.events_ == b.events_; }

  void check_output() const {
    std::string_view rest = output_;
    while (!rest.empty()) {
      std::size_t end = rest.find("\r\n");
      YUBIN_ASSERT(end != std::string_view::npos && end >= 4 && end <= 510);
      std::string_view line = rest.substr(0, end);
      YUBIN_ASSERT(line.find_first_of("\r\n") == std::string_view::npos);
      YUBIN_ASSERT(line[0] >= '2' && line[0] <= '5' && (line[3] == ' ' || line[3] == '-'));
      rest.remove_prefix(end + 2);
    }
  }

 private:
  void after_upgrade() {
    session_.resume(Done{});
    session_.receive("RCPT TO:<a@b>\r\nMAIL FROM:<>\r\nEHLO c\r\nMAIL FROM:<>\r\n");
    drive();
  }

  void drive() {
    while (!closed_) {
      Session::Event event = session_.poll();
      if (!std::visit([this](auto& e) { return handle(e); }, event)) return;
    }
  }

  bool handle(NeedInput&) { return false; }
  bool handle(Send& send) {
    YUBIN_ASSERT(!send.bytes.empty() && send.bytes.size() <= 65'536);
    output_ += send.bytes;
    if (send.bytes.starts_with("354 ") || send.bytes.find("\n354 ") != std::string::npos) data_begin_ = fed_.size();
    return true;
  }
  bool handle(Body& body) {
    YUBIN_ASSERT(!body.chunk.empty());
    body_ += body.chunk;
    return true;
  }
  bool handle(DropBody&) {
    body_.clear();
    events_ += "drop\n";
    return true;
  }
  bool handle(AskMail& mail) {
    events_ += "mail " + mail.hello.name + mail.reverse_path.text() + "\n";
    body_.clear();
    return reply(mail.reverse_path.text().starts_with("<n") ? 451 : 250);
  }
  bool handle(AskRecipient& rcpt) {
    std::string const text = rcpt.recipient.text();
    events_ += "rcpt " + text + "\n";
    return reply(text.starts_with("<n") ? 550 : text.starts_with("<z") ? 421 : 250);
  }
  bool handle(AskMessage& message) {
    YUBIN_ASSERT(message.size == body_.size() && message.size <= options()->size_limit);
    YUBIN_ASSERT(!message.envelope.recipients.empty() && message.envelope.recipients.size() <= 3);
    if (judging_) judge(std::string_view(fed_).substr(data_begin_));
    events_ += "message " + body_ + "\n";
    body_.clear();
    return reply(message.size % 3 == 0 ? 451 : 250);
  }
  bool handle(StartTls&) {
    events_ += "tls\n";
    upgraded_ = true;
    return false;
  }
  bool handle(Yield&) { return true; }
  bool handle(Close&) {
    closed_ = true;
    return false;
  }

  bool reply(int code) {
    session_.resume(Reply(code, {static_cast<std::uint16_t>(code / 100), 0, 0}, "a\r\nb"));
    return true;
  }

  // RFC 5321 sections 2.3.8, 4.1.1.4 and 4.5.2, written once more in another way.
  void judge(std::string_view data) const {
    std::string const whole = "\r\n" + std::string(data);
    YUBIN_ASSERT(whole.find("\r\n.\r\n") == whole.size() - 5);
    std::string expected;
    for (std::size_t i = 2; i + 3 < whole.size(); ++i) {
      bool const stuffed = whole[i] == '.' && whole[i - 1] == '\n';
      if (!stuffed) expected += whole[i];
      YUBIN_ASSERT((whole[i] == '\n') == (whole[i - 1] == '\r'));
    }
    YUBIN_ASSERT(expected == body_);
  }

  Session session_{options()};
  std::string fed_;
  std::string output_;
  std::string events_;
  std::string body_;
  std::size_t data_begin_ = 0;
  bool judging_ = false;
  bool upgraded_ = false;
  bool closed_ = false;
};

void check(std::string_view input, std::size_t cut) {
  Driver whole;
  whole.feed(input);
  whole.check_output();
  Driver halves;
  halves.feed(input.substr(0, cut));
  halves.feed(input.substr(cut));
  YUBIN_ASSERT(whole == halves);
  Driver bytes;
  bytes.feed_single_bytes(input);
  YUBIN_ASSERT(whole == bytes);
}

}  // namespace
}  // namespace yubin::smtp

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view const input(reinterpret_cast<char const*>(data) + 1, size - 1);
  yubin::smtp::check(input, data[0] % size);
  return 0;
}
