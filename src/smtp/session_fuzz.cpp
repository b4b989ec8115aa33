// Any bytes from a client: the session answers the same however they were cut, its output is well-formed, and it asks
// for a message only when the data really ended in CR LF . CR LF, with exactly what stood before it.
#include <cstdint>

#include "base/assert.h"
#include "smtp/session.h"

namespace yubin::smtp {
namespace {

enum class Service { mx, submission, lmtp };

std::shared_ptr<Options const> options(Service service) {
  Options options{.host_name = "mx.example.test",
                  .size_limit = 200,
                  .max_recipients = 3,
                  .line_limit = 100,
                  .max_errors = 5,
                  .starttls = true};
  options.max_chunks = 8;
  options.max_unknown_recipients = 4;
  options.max_messages = 6;
  options.max_failed_logins = 3;
  options.dsn = true;
  options.login_in_clear = true;
  if (service == Service::submission) options.mechanisms = {"PLAIN", "LOGIN"};
  if (service == Service::lmtp) options.protocol = Protocol::lmtp;
  return std::make_shared<Options const>(std::move(options));
}

class Driver {
 public:
  explicit Driver(Service service) : options_(options(service)) { drive(); }

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
    if (send.bytes.starts_with("354 ") || send.bytes.find("\n354 ") != std::string::npos) {
      data_begin_ = fed_.size();
      in_data_ = true;
    } else {
      in_data_ = false;
    }
    return true;
  }
  bool handle(Body& body) {
    YUBIN_ASSERT(!body.chunk.empty());
    body_ += body.chunk;
    return true;
  }
  bool handle(DropBody&) {
    body_.clear();  // no event: it depends on how the bytes came whether there was anything yet
    return true;
  }
  bool handle(AskMail& mail) {
    YUBIN_ASSERT(body_.empty());
    events_ += "mail " + mail.hello.name + mail.reverse_path.text() + mail.parameters.envelope_id + "\n";
    return reply(mail.reverse_path.text().starts_with("<n") ? 451 : 250);
  }
  bool handle(AskRecipient& rcpt) {
    std::string const text = rcpt.recipient.path.text();
    events_ += "rcpt " + text + "\n";
    return reply(text.starts_with("<n") ? 550 : text.starts_with("<z") ? 421 : 250);
  }
  bool handle(AskMessage& message) {
    YUBIN_ASSERT(message.size == body_.size() && message.size <= options_->size_limit);
    YUBIN_ASSERT(!message.envelope.recipients.empty() && message.envelope.recipients.size() <= 3);
    if (judging_ && in_data_) judge(std::string_view(fed_).substr(data_begin_));
    events_ += "message " + body_ + "\n";
    body_.clear();
    if (options_->protocol == Protocol::lmtp && message.size % 3 == 0) {
      session_.resume(std::vector<Reply>(message.envelope.recipients.size(), Reply(451, {4, 0, 0}, "later")));
      return true;
    }
    return reply(message.size % 3 == 0 ? 451 : 250);
  }
  bool handle(AskSasl& sasl) {
    YUBIN_ASSERT(!options_->mechanisms.empty());
    events_ += "sasl " + sasl.mechanism + "\n";
    if (!sasl.response) {
      session_.resume(SaslChallenge{"challenge"});
    } else if (sasl.response->view().size() % 2 == 1) {
      session_.resume(Authenticated{});
    } else {
      return reply(535);
    }
    return true;
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

  std::shared_ptr<Options const> options_;
  Session session_{options_};
  std::string fed_;
  std::string output_;
  std::string events_;
  std::string body_;
  std::size_t data_begin_ = 0;
  bool judging_ = false;
  bool in_data_ = false;  // the message that comes is one of DATA
  bool upgraded_ = false;
  bool closed_ = false;
};

void check(Service service, std::string_view input, std::size_t cut) {
  Driver whole(service);
  whole.feed(input);
  whole.check_output();
  Driver halves(service);
  halves.feed(input.substr(0, cut));
  halves.feed(input.substr(cut));
  YUBIN_ASSERT(whole == halves);
  Driver bytes(service);
  bytes.feed_single_bytes(input);
  YUBIN_ASSERT(whole == bytes);
}

}  // namespace
}  // namespace yubin::smtp

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view const input(reinterpret_cast<char const*>(data) + 1, size - 1);
  constexpr yubin::smtp::Service kServices[] = {yubin::smtp::Service::mx, yubin::smtp::Service::mx,
                                                yubin::smtp::Service::submission, yubin::smtp::Service::lmtp};
  yubin::smtp::check(kServices[data[0] >> 6], input, data[0] % size);
  return 0;
}
