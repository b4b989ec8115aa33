// The IMAP transcripts against the bare session over a store in memory, each fed whole and in pieces of 1, 2 and 7
// bytes. Those of imap/ begin on a connection with TLS, those of imap-clear/ on one where STARTTLS is possible; in
// those of imap-quota/ an account may hold 4 KiB and three messages.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include "tests/kit/imap_server.h"
#include "tests/kit/transcript.h"

namespace yubin::kit {
namespace {

using Tls = imap::Connection::Tls;

class SessionConnection final : public Connection {
 public:
  SessionConnection(ImapServer& server, Tls tls, std::size_t piece) : connection_(server, tls, piece) {}

  void send(std::string_view bytes) override { connection_.send(bytes); }
  std::string receive() override { return connection_.receive(); }
  std::string pending() override { return connection_.receive(); }
  bool is_closed() override { return connection_.is_closed(); }
  void start_tls() override {
    if (!connection_.is_upgrading()) throw std::runtime_error("the server has not agreed to TLS");
    connection_.start_tls();
  }

 private:
  ImapConnection connection_;
};

std::vector<std::filesystem::path> files() {
  std::filesystem::path const folder(YUBIN_TRANSCRIPTS);
  std::vector<std::filesystem::path> all = find_transcripts(folder);
  for (char const* other : {"imap-clear", "imap-quota"})
    std::ranges::copy(find_transcripts(folder.parent_path() / other), std::back_inserter(all));
  return all;
}

std::set<std::string> words(std::string const& text) {
  std::istringstream stream(text);
  return {std::istream_iterator<std::string>(stream), {}};
}

// What the lines "# capability: NAME NAME" of the transcripts name.
std::set<std::string> named_capabilities() {
  constexpr std::string_view kMark = "# capability: ";
  std::set<std::string> names;
  for (std::filesystem::path const& file : files()) {
    std::ifstream stream(file);
    for (std::string line; std::getline(stream, line);) {
      if (line.starts_with(kMark)) names.merge(words(line.substr(kMark.size())));
    }
  }
  return names;
}

// What is announced on one connection: in the greeting, and after login.
std::set<std::string> announced_capabilities(Tls tls) {
  ImapServer server;
  ImapConnection connection(server, tls);
  std::string said = connection.receive();
  if (tls == Tls::on) said += connection.talk("l LOGIN hanako@example.test secret\r\n");
  std::set<std::string> names;
  constexpr std::string_view kBegin = "[CAPABILITY ";
  for (std::size_t at = said.find(kBegin); at != std::string::npos; at = said.find(kBegin, at)) {
    at += kBegin.size();
    names.merge(words(said.substr(at, said.find(']', at) - at)));
  }
  return names;
}

// A capability is announced when it works, and that it works is shown by transcripts.
TEST(ImapCapabilities, EachIsShownByATranscript) {
  std::set<std::string> announced = announced_capabilities(Tls::on);
  announced.merge(announced_capabilities(Tls::offered));
  EXPECT_EQ(announced, named_capabilities());
}

using Parameter = std::tuple<std::filesystem::path, std::size_t>;

class ImapTranscripts : public testing::TestWithParam<Parameter> {};

TEST_P(ImapTranscripts, run) {
  auto const& [file, piece] = GetParam();
  Transcript const transcript = read_transcript(file);
  Tls const tls = file.parent_path().filename() == "imap-clear" ? Tls::offered : Tls::on;
  ImapServer server;
  if (file.parent_path().filename() == "imap-quota") server.quota = {.messages = 3, .bytes = 4096};
  Connect const connect = [&, size = piece] { return std::make_unique<SessionConnection>(server, tls, size); };
  Variables const variables = {{"USER", "hanako@example.test"}, {"PASS", "secret"},
                               {"USER2", "taro@example.test"},  {"PASS2", "secret"},
                               {"DOMAIN", "example.test"},      {"HOST", "mx.example.test"}};
  EXPECT_EQ(run(transcript, connect, variables), "") << transcript.requirement;
}

std::string name(testing::TestParamInfo<Parameter> const& info) {
  auto const& [file, piece] = info.param;
  std::string name = file.parent_path().filename().string() + "_" + file.stem().string();
  name += piece == ImapConnection::kWhole ? "_whole" : "_by_" + std::to_string(piece);
  std::ranges::replace(name, '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(files, ImapTranscripts,
                         testing::Combine(testing::ValuesIn(files()),
                                          testing::Values(ImapConnection::kWhole, 1U, 2U, 7U)),
                         name);

}  // namespace
}  // namespace yubin::kit
