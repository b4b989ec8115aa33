// The SMTP transcripts against the bare session, each fed whole and in pieces of 1, 2 and 7 bytes.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "smtp/session.h"
#include "tests/kit/transcript.h"

namespace yubin::smtp {
namespace {

constexpr std::size_t kWhole = 0;

std::shared_ptr<Options const> options() {
  static auto const instance = std::make_shared<Options const>(
      Options{.host_name = "mx.example.test", .size_limit = 100'000, .max_recipients = 5, .starttls = true});
  return instance;
}

// Answers as the demo does: one domain with three mailboxes, everybody may send.
Reply answer(AskMail const&) {
  return {250, {2, 1, 0}, "OK"};
}

Reply answer(AskRecipient const& question) {
  auto const& address = question.recipient.address();
  if (!address) return {250, {2, 1, 5}, "OK"};
  if (address->domain().text() != "example.test") return {550, {5, 7, 1}, "<" + address->text() + "> relaying denied"};
  constexpr std::array known = {"hanako", "taro", "postmaster"};
  if (std::ranges::find(known, address->local_part().folded()) == known.end())
    return {550, {5, 1, 1}, "<" + address->text() + "> no such user"};
  return {250, {2, 1, 5}, "OK"};
}

Reply answer(AskMessage const&) {
  return {250, {2, 0, 0}, "OK delivered"};
}

// Does what the driver in net/ does, without a socket.
class SessionConnection final : public kit::Connection {
 public:
  explicit SessionConnection(std::size_t piece) : piece_(piece), session_(options()) { drive(); }

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
    session_.resume(answer(question));
    return false;
  }

  std::size_t piece_;
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
  kit::Connect connect = [size = piece] { return std::make_unique<SessionConnection>(size); };
  kit::Variables variables = {{"USER", "hanako@example.test"}, {"PASS", "secret"},
                              {"USER2", "taro@example.test"},  {"PASS2", "secret"},
                              {"DOMAIN", "example.test"},      {"HOST", "mx.example.test"}};
  EXPECT_EQ(kit::run(transcript, connect, variables), "") << transcript.requirement;
}

std::string name(testing::TestParamInfo<Parameter> const& info) {
  auto const& [file, piece] = info.param;
  std::string name = file.stem().string() + (piece == kWhole ? "_whole" : "_by_" + std::to_string(piece));
  std::ranges::replace(name, '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(files, SmtpTranscripts,
                         testing::Combine(testing::ValuesIn(kit::find_transcripts(YUBIN_TRANSCRIPTS)),
                                          testing::Values(kWhole, 1U, 2U, 7U)),
                         name);

}  // namespace
}  // namespace yubin::smtp
