// The POP3 transcripts against the bare session over a store in memory, each fed whole and in pieces of 1, 2 and 7
// bytes. Those of pop3/ begin on a connection with TLS, those of pop3-clear/ on one where STLS is possible. In the
// maildrop of $USER are the messages of pop3/mail, in that of $USER2 none.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "tests/kit/pop3_server.h"
#include "tests/kit/transcript.h"

namespace yubin::kit {
namespace {

using Tls = pop3::Connection::Tls;

std::filesystem::path const kFolder(YUBIN_TRANSCRIPTS);

class SessionConnection final : public Connection {
 public:
  SessionConnection(Pop3Server& server, Tls tls, std::size_t piece) : connection_(server, tls, piece) {}

  void send(std::string_view bytes) override { connection_.send(bytes); }
  std::string receive() override { return connection_.receive(); }
  std::string pending() override { return connection_.receive(); }
  bool is_closed() override { return connection_.is_closed(); }
  void start_tls() override {
    if (!connection_.is_upgrading()) throw std::runtime_error("the server has not agreed to TLS");
    connection_.start_tls();
  }

 private:
  Pop3Connection connection_;
};

// Lines end in LF in the file and in CR LF in the message.
std::string read_message(std::filesystem::path const& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  for (std::string line; std::getline(in, line);) text << line << "\r\n";
  return text.str();
}

void fill(Pop3Server& server) {
  std::vector<std::filesystem::path> files;
  for (auto const& entry : std::filesystem::directory_iterator(kFolder / "mail")) files.push_back(entry.path());
  std::ranges::sort(files);
  for (auto const& file : files) server.add(read_message(file));
}

std::vector<std::filesystem::path> files() {
  std::vector<std::filesystem::path> all = find_transcripts(kFolder);
  std::ranges::copy(find_transcripts(kFolder.parent_path() / "pop3-clear"), std::back_inserter(all));
  return all;
}

using Parameter = std::tuple<std::filesystem::path, std::size_t>;

class Pop3Transcripts : public testing::TestWithParam<Parameter> {};

TEST_P(Pop3Transcripts, run) {
  auto const& [file, piece] = GetParam();
  Transcript const transcript = read_transcript(file);
  Tls const tls = file.parent_path().filename() == "pop3-clear" ? Tls::offered : Tls::on;
  Pop3Server server;
  fill(server);
  Connect const connect = [&, size = piece] { return std::make_unique<SessionConnection>(server, tls, size); };
  Variables const variables = {{"USER", "hanako@example.test"}, {"PASS", "secret"},
                               {"USER2", "taro@example.test"},  {"PASS2", "secret"},
                               {"DOMAIN", "example.test"},      {"HOST", "mx.example.test"}};
  EXPECT_EQ(run(transcript, connect, variables), "") << transcript.requirement;
}

std::string name(testing::TestParamInfo<Parameter> const& info) {
  auto const& [file, piece] = info.param;
  std::string name = file.parent_path().filename().string() + "_" + file.stem().string();
  name += piece == Pop3Connection::kWhole ? "_whole" : "_by_" + std::to_string(piece);
  std::ranges::replace(name, '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(files, Pop3Transcripts,
                         testing::Combine(testing::ValuesIn(files()),
                                          testing::Values(Pop3Connection::kWhole, 1U, 2U, 7U)),
                         name);

}  // namespace
}  // namespace yubin::kit
