// The transcripts of SMTP's three services against the bare session, each fed whole and in pieces of 1, 2 and 7 bytes.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "smtp/session.h"
#include "tests/kit/fake_sasl.h"
#include "tests/kit/transcript.h"

namespace yubin::smtp {
namespace {

constexpr std::size_t kWhole = 0;

Options options_of(std::string_view service) {
  Options options{
      .host_name = "mx.example.test", .size_limit = 100'000, .max_recipients = 5, .starttls = true, .dsn = true};
  if (service == "submission") options.mechanisms = {"PLAIN", "LOGIN"};
  if (service == "lmtp") {
    options.protocol = Protocol::lmtp;
    options.starttls = false;
  }
  return options;
}

// Answers as the demo does: one domain with three mailboxes; whoever logs in is hanako.
class Answers {
 public:
  explicit Answers(bool is_submission) : is_submission_(is_submission) {}

  Session::Answer answer(AskMail const& question) {
    auto const& sender = question.reverse_path.address();
    if (is_submission_ && sender && !is_own(*sender)) return Reply(553, {5, 7, 1}, "not yours");
    return Reply(250, {2, 1, 0}, "OK");
  }

  Session::Answer answer(AskRecipient const& question) {
    auto const& address = question.recipient.path.address();
    if (!address) return Reply(250, {2, 1, 5}, "OK");
    if (address->domain().text() != "example.test")
      return Reply(550, {5, 7, 1}, "this server does not send mail to other domains yet");
    constexpr std::array known = {"hanako", "taro", "postmaster"};
    if (std::ranges::find(known, address->local_part().folded()) == known.end())
      return Reply(550, {5, 1, 1}, "no such user");
    return Reply(250, {2, 1, 5}, "OK");
  }

  Session::Answer answer(AskMessage const&) { return Reply(250, {2, 0, 0}, "OK delivered"); }

  Session::Answer answer(AskSasl const& question) {
    kit::FakeSasl::Step step = sasl_.step(question);
    if (auto* challenge = std::get_if<SaslChallenge>(&step)) return std::move(*challenge);
    auto const* check = std::get_if<kit::FakeSasl::Check>(&step);
    if (check == nullptr) return Reply(501, {5, 5, 2}, "That is no message of this mechanism");
    if (check->user == "hanako@example.test" && check->password == "secret") return Authenticated{};
    return Reply(535, {5, 7, 8}, "User name or password is wrong");
  }

 private:
  static bool is_own(mime::Address const& address) {
    std::string const text = address.folded();
    return text == "hanako@example.test" || text == "hanako+detail@example.test";
  }

  bool is_submission_;
  kit::FakeSasl sasl_;
};

// Does what the driver in net/ does, without a socket.
class SessionConnection final : public kit::Connection {
 public:
  SessionConnection(std::string_view service, std::size_t piece)
      : piece_(piece),
        answers_(service == "submission"),
        session_(std::make_shared<Options const>(options_of(service))) {
    drive();
  }

  void send(std::string_view bytes) override {
    while (!bytes.empty() && !closed_ && !upgrading_) {
      std::size_t count = piece_ == kWhole ? bytes.size() : std::min(piece_, bytes.size());
      session_.receive(bytes.substr(0, count));
      bytes.remove_prefix(count);
      drive();
    }
  }

  std::string receive() override { return std::exchange(output_, {}); }
  std::string pending() override { return receive(); }
  bool is_closed() override { return closed_; }

  void start_tls() override {
    if (!upgrading_) throw std::runtime_error("the server has not agreed to TLS");
    upgrading_ = false;
    session_.resume(Done{});
    drive();
  }

 private:
  void drive() {
    while (!closed_ && !upgrading_ && !waiting_for_input()) {
    }
  }

  bool waiting_for_input() {
    Session::Event event = session_.poll();
    return std::visit([this](auto const& e) { return handle(e); }, event);
  }

  bool handle(NeedInput const&) { return true; }
  bool handle(Send const& send) {
    output_ += send.bytes;
    return false;
  }
  bool handle(Body const&) { return false; }
  bool handle(DropBody const&) { return false; }
  bool handle(Yield const&) { return false; }
  bool handle(StartTls const&) {
    upgrading_ = true;
    return false;
  }
  bool handle(Close const&) {
    closed_ = true;
    return false;
  }
  template <class Question>
  bool handle(Question const& question) {
    session_.resume(answers_.answer(question));
    return false;
  }

  std::size_t piece_;
  Answers answers_;
  Session session_;
  std::string output_;
  bool closed_ = false;
  bool upgrading_ = false;
};

using Parameter = std::tuple<std::filesystem::path, std::size_t>;

class SmtpTranscripts : public testing::TestWithParam<Parameter> {};

TEST_P(SmtpTranscripts, run) {
  auto const& [file, piece] = GetParam();
  kit::Transcript transcript = kit::read_transcript(file);
  std::string const service = file.parent_path().filename();
  kit::Connect connect = [&service, size = piece] { return std::make_unique<SessionConnection>(service, size); };
  kit::Variables variables = {{"USER", "hanako@example.test"}, {"PASS", "secret"},
                              {"USER2", "taro@example.test"},  {"PASS2", "secret"},
                              {"DOMAIN", "example.test"},      {"HOST", "mx.example.test"}};
  EXPECT_EQ(kit::run(transcript, connect, variables), "") << transcript.requirement;
}

std::vector<std::filesystem::path> files(std::string_view service) {
  return kit::find_transcripts(std::filesystem::path(YUBIN_TRANSCRIPTS).parent_path() / service);
}

std::string name(testing::TestParamInfo<Parameter> const& info) {
  auto const& [file, piece] = info.param;
  std::string name = file.stem().string() + (piece == kWhole ? "_whole" : "_by_" + std::to_string(piece));
  std::ranges::replace(name, '-', '_');
  return name;
}

auto pieces() {
  return testing::Values(kWhole, 1U, 2U, 7U);
}

INSTANTIATE_TEST_SUITE_P(smtp, SmtpTranscripts, testing::Combine(testing::ValuesIn(files("smtp")), pieces()), name);
INSTANTIATE_TEST_SUITE_P(submission, SmtpTranscripts,
                         testing::Combine(testing::ValuesIn(files("submission")), pieces()), name);
INSTANTIATE_TEST_SUITE_P(lmtp, SmtpTranscripts, testing::Combine(testing::ValuesIn(files("lmtp")), pieces()), name);

}  // namespace
}  // namespace yubin::smtp
