#include "smtp/reply.h"

#include <gtest/gtest.h>

#include "smtp/outcome.h"

namespace yubin::smtp {
namespace {

using namespace std::string_literals;

TEST(Reply, of_one_line) {
  EXPECT_EQ(Reply(550, {5, 1, 1}, "no such user").encode(), "550 5.1.1 no such user\r\n");
  EXPECT_EQ(Reply::plain(354, {"go on"}).encode(), "354 go on\r\n");
}

TEST(Reply, of_several_lines_has_code_and_status_on_each) {
  Reply reply(550, {5, 7, 1}, std::vector<std::string>{"one", "two", "three"});
  EXPECT_EQ(reply.encode(), "550-5.7.1 one\r\n550-5.7.1 two\r\n550 5.7.1 three\r\n");
  EXPECT_EQ(Reply::plain(250, {"host", "SIZE"}).encode(), "250-host\r\n250 SIZE\r\n");
}

TEST(Reply, never_holds_what_a_peer_could_use_to_forge_another_line) {
  EXPECT_EQ(Reply(550, {5, 1, 1}, "a\r\n250 b\nc\rd\0\x7f\xe8\t"s).encode(), "550 5.1.1 a  250 b c d???\t\r\n");
}

TEST(Reply, is_cut_to_512_octets_a_line_and_100_lines) {
  std::string line = Reply(250, {2, 0, 0}, std::string(1000, 'x')).encode();
  EXPECT_EQ(line.size(), 512U);
  EXPECT_TRUE(line.ends_with("x\r\n"));
  std::string many = Reply(250, {2, 0, 0}, std::vector<std::string>(1000, std::string(1000, 'x'))).encode();
  EXPECT_EQ(many.size(), 100U * 512);
  EXPECT_EQ(many.rfind("250 2.0.0"), 99U * 512);
}

TEST(Reply, class_of_the_status_must_be_that_of_the_code) {
  EXPECT_DEATH(Reply(550, {4, 1, 1}, "?"), "");
  EXPECT_DEATH(Reply(99, {2, 1, 1}, "?"), "");
}

TEST(Outcome, has_the_same_detail_whatever_it_is) {
  Outcome outcome = Deferred{{{4, 4, 1}, "connection refused", "mx.client.example"}};
  EXPECT_EQ(detail(outcome).status, (EnhancedStatus{4, 4, 1}));
  EXPECT_EQ(detail(outcome).remote_host, "mx.client.example");
  EXPECT_EQ(detail(Outcome(Delivered{{{2, 0, 0}, "", ""}})).status.text(), "2.0.0");
}

}  // namespace
}  // namespace yubin::smtp
