// Any bytes from a server: our client says the same however they were cut, sends only complete commands and complete
// data, tells of each message once, and takes none for delivered that it has not wholly sent.
#include <cstdint>

#include "base/assert.h"
#include "smtp/client_session.h"

namespace yubin::smtp {
namespace {

constexpr std::string_view kBody = "Subject: x\r\n\r\n.\r\n..two\n.three\rend";

std::shared_ptr<ClientOptions const> options(unsigned choice) {
  ClientOptions options{.host_name = "us.test", .peer = "mx.test"};
  if ((choice & 1) != 0) options.log_in = true;
  if ((choice & 2) != 0) options.chunking = ClientOptions::Chunking::if_offered;
  if ((choice & 4) != 0) options.protocol = Protocol::lmtp;
  if ((choice & 8) != 0) options.start_tls = ClientOptions::StartTls::required;
  return std::make_shared<ClientOptions const>(std::move(options));
}

class Driver {
 public:
  explicit Driver(unsigned choice) : session_(options(choice)) { drive(); }

  void feed(std::string_view bytes) {
    if (closed_) return;
    session_.receive(bytes);
    drive();
  }
  void end() {
    if (!closed_) session_.lost("the connection was lost");
    drive();
    YUBIN_ASSERT(closed_);
    YUBIN_ASSERT(asked_ == told_);
  }

  friend bool operator==(Driver const& a, Driver const& b) { return a.output_ == b.output_ && a.events_ == b.events_; }

  void check_output() const {
    for (std::size_t i = 0; i < output_.size(); ++i) {
      if (output_[i] == '\r') YUBIN_ASSERT(i + 1 < output_.size() && output_[i + 1] == '\n');
      if (output_[i] == '\n') YUBIN_ASSERT(i > 0 && output_[i - 1] == '\r');
    }
  }

 private:
  void drive() {
    while (!closed_) {
      ClientSession::Event event = session_.poll();
      if (!std::visit([this](auto& e) { return handle(e); }, event)) return;
    }
  }

  bool handle(NeedInput&) { return false; }
  bool handle(Send& send) {
    YUBIN_ASSERT(!send.bytes.empty() && send.bytes.size() <= 65'536);
    output_ += send.bytes;
    return true;
  }
  bool handle(StartTls&) {
    events_ += "tls\n";
    session_.resume(Done{});
    return true;
  }
  bool handle(LogIn& login) {
    YUBIN_ASSERT(!login.mechanisms.empty());
    events_ += "login " + login.mechanisms.front() + "\n";
    session_.resume(SaslStart{"PLAIN", Secret("x")});
    return true;
  }
  bool handle(SaslServerSays& says) {
    events_ += "sasl " + says.bytes + "\n";
    if (says.bytes.size() % 2 == 1) {
      session_.resume(GiveUp{"odd"});
    } else {
      session_.resume(SaslResponse{Secret("y")});
    }
    return true;
  }
  bool handle(SaslOver&) {
    session_.resume(Done{});
    return true;
  }
  bool handle(NextMessage&) {
    YUBIN_ASSERT(asked_ == told_);
    if (asked_ == 3) {
      session_.resume(Done{});
      return true;
    }
    ++asked_;
    left_ = kBody;
    Envelope envelope{ReversePath::parse("<a@us.test>").value(), {.size = 40}, {}};
    for (std::string_view path : {"<b@them.test>", "<c@them.test>", "<\xe8\x8a\xb1@them.test>"})
      envelope.recipients.push_back({ForwardPath::parse(path).value()});
    session_.resume(OutgoingMessage{std::move(envelope), asked_ == 2});
    return true;
  }
  bool handle(NextChunk& next) {
    std::string bytes(left_.substr(0, std::min<std::size_t>(16, next.at_most)));
    left_.remove_prefix(bytes.size());
    session_.resume(NextBytes{std::move(bytes), left_.empty()});
    return true;
  }
  bool handle(MessageOutcome& outcome) {
    YUBIN_ASSERT(asked_ == ++told_);
    YUBIN_ASSERT(outcome.recipients.size() == 3);
    std::string_view const unsent = told_ == 2 ? std::string_view(kBody) : "";  // the second one is only asked about
    for (Outcome const& one : outcome.recipients) {
      OutcomeDetail const& d = detail(one);
      constexpr std::uint16_t kClasses[] = {2, 4, 5};
      YUBIN_ASSERT(d.status.status_class == kClasses[one.index()]);
      YUBIN_ASSERT(!std::holds_alternative<Delivered>(one) || (left_ == unsent && d.remote_text.starts_with('2')));
      events_ += d.status.text() + d.remote_text + d.note + "\n";
    }
    return true;
  }
  bool handle(Unusable& unusable) {
    YUBIN_ASSERT(asked_ == 0 && unusable.why.status.status_class == 4);
    events_ += "unusable " + unusable.why.status.text() + unusable.why.remote_text + unusable.why.note + "\n";
    return true;
  }
  bool handle(Close&) {
    closed_ = true;
    return false;
  }

  ClientSession session_;
  std::string output_;
  std::string events_;
  std::string_view left_;
  int asked_ = 0;
  int told_ = 0;
  bool closed_ = false;
};

void feed_pieces(Driver& driver, std::string_view input, std::size_t piece) {
  while (!input.empty()) {
    driver.feed(input.substr(0, piece));
    input.remove_prefix(std::min(piece, input.size()));
  }
  driver.end();
}

void check(unsigned choice, std::string_view input, std::size_t cut) {
  Driver lines(choice);  // a line at a time, as an honest server sends its replies
  for (std::string_view rest = input; !rest.empty();) {
    std::size_t const end = std::min(rest.find('\n'), rest.size() - 1) + 1;
    lines.feed(rest.substr(0, end));
    rest.remove_prefix(end);
  }
  lines.end();
  lines.check_output();
  Driver bytes(choice);
  feed_pieces(bytes, input, 1);
  YUBIN_ASSERT(lines == bytes);
  Driver halves(choice);  // replies before their commands: no more than that nothing breaks
  halves.feed(input.substr(0, cut));
  halves.feed(input.substr(cut));
  halves.end();
  halves.check_output();
}

}  // namespace
}  // namespace yubin::smtp

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view const input(reinterpret_cast<char const*>(data) + 1, size - 1);
  yubin::smtp::check(data[0] >> 4, input, data[0] % size);
  return 0;
}
