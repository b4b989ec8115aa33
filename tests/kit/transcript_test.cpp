#include "tests/kit/transcript.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <fstream>
#include <stdexcept>

namespace yubin::kit {
namespace {

using namespace std::string_literals;
using testing::EndsWith;
using testing::HasSubstr;

// Says "hello", then repeats each line that it gets; "end" makes it close.
class Echo final : public Connection {
 public:
  explicit Echo(std::vector<std::string>& sent) : sent_(sent) {}

  void send(std::string_view bytes) override {
    sent_.emplace_back(bytes);
    output_ += bytes;
    if (bytes == "end\r\n") closed_ = true;
  }
  std::string receive() override { return std::exchange(output_, {}); }
  std::string pending() override { return receive(); }
  bool is_closed() override { return closed_; }
  void start_tls() override { output_ += "secured\r\n"; }

 private:
  std::vector<std::string>& sent_;
  std::string output_ = "hello\r\n";
  bool closed_ = false;
};

class TranscriptKit : public testing::Test {
 protected:
  // Empty, or the failure.
  std::string play(std::string const& steps) {
    sent.clear();
    return run(write("# a requirement\n" + steps), [this] { return std::make_unique<Echo>(sent); },
               {{"USER", "hanako"}, {"USER2", "taro"}, {"ODD", "a.b(c"}});
  }
  Transcript write(std::string const& content) {
    std::filesystem::create_directory(folder_);
    std::ofstream(folder_ / "kit.txt", std::ios::binary) << content;
    return read_transcript(folder_ / "kit.txt");
  }

  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::vector<std::string> sent;

 private:
  std::filesystem::path folder_ = testing::TempDir() + "transcript_test." + std::to_string(::getpid());
};

TEST_F(TranscriptKit, passes_what_goes_as_written) {
  EXPECT_EQ(play("S: hello\nC: a\nS: a\nC: b c\nS~ b .\nC: 1-a\nC: 1 b\nS* 1\n"), "");
  EXPECT_EQ(play("S: hello\nC: end\nS: end\nS! close\n"), "");
  EXPECT_EQ(play("S: hello\nC! tls\nS: secured\n"), "");
}

TEST_F(TranscriptKit, says_where_and_what) {
  EXPECT_THAT(play("S: hello\nC: a\nS: b\n"), EndsWith("kit.txt:4: expected \"b\", got \"a\""));
  EXPECT_THAT(play("S: hell\n"), HasSubstr(":2: expected"));
  EXPECT_THAT(play("S~ hell\n"), HasSubstr(":2: expected"));
  EXPECT_THAT(play("S* hell\n"), EndsWith("got nothing"));
  EXPECT_THAT(play("S: hello\nS: hello\n"), EndsWith(":3: expected \"hello\", got nothing"));
  EXPECT_THAT(play("S: hello\nS! close\n"), EndsWith("it is open"));
  EXPECT_THAT(play("S! close\n"), HasSubstr("closed, got \"hello"));
}

TEST_F(TranscriptKit, fails_if_something_is_left_over) {
  EXPECT_THAT(play("S: hello\nC: a\nC: b\nS: a\n"), HasSubstr("more came on 1: \"b"));
  EXPECT_THAT(play("S: hello\nC: a\n"), HasSubstr("more came on 1: \"a"));
}

TEST_F(TranscriptKit, sends_consecutive_lines_as_one_piece) {
  EXPECT_EQ(play("S: hello\nC: a\nC: b\nS: a\nS: b\nC: c\n1C: d\n2C: e\nC: f\nS* d\nS: f\n2S: hello\n2S: e\n"), "");
  EXPECT_THAT(sent, testing::ElementsAre("a\r\nb\r\n", "c\r\nd\r\n", "e\r\n", "f\r\n"));
}

TEST_F(TranscriptKit, raw_lines_have_escapes_and_no_line_end) {
  EXPECT_EQ(play("S: hello\nC\" a\\t\\\\\\x00\\xff\\{x\\x41}*3y\\r\\n\nS~ a.*y\n"), "");
  EXPECT_EQ(sent.at(0), "a\t\\\0\xffxAxAxAy\r\n"s);
}

TEST_F(TranscriptKit, replaces_and_captures_variables) {
  EXPECT_EQ(play("S: hello\nC: $USER ${USER}2 $USER2 $$\nS: hanako hanako2 taro $$\n"), "");
  EXPECT_EQ(play("S~ (?<WHAT>h.)(l+)(?<END>o)\nC: $WHAT-$END\nS: he-o\n"), "");
  EXPECT_EQ(play("S: hello\nC: $ODD\nS~ $ODD$\n"), "");
  EXPECT_THAT(play("C: $NOBODY\n"), EndsWith("$NOBODY is not known"));
}

TEST_F(TranscriptKit, refuses_files_that_are_not_transcripts) {
  EXPECT_THROW(write("C: a\n"), std::runtime_error);
  EXPECT_THROW(write("# requirement\nX: a\n"), std::runtime_error);
  EXPECT_THROW(write("# requirement\nS! closed\n"), std::runtime_error);
  EXPECT_THAT(play("C\" \\q\nS: a\n"), EndsWith("not an escape"));
  EXPECT_EQ(write("# requirement\n# more\n# only: session\n").requirement, "requirement");
  EXPECT_TRUE(write("# requirement\n# only: session\n").only_session);
}

}  // namespace
}  // namespace yubin::kit
