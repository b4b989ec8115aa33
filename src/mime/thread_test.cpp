#include "mime/thread.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "mime/header.h"
#include "mime/message_parser.h"

namespace yubin::mime {
namespace {

struct Row {
  std::string_view subject;
  std::string_view base;
};

class ThreadSubject : public testing::TestWithParam<Row> {};

TEST_P(ThreadSubject, is_what_the_mailers_left_alone) {
  EXPECT_EQ(thread_subject(GetParam().subject), GetParam().base) << GetParam().subject;
}

// RFC 5256 section 2.1; the numbers are those of its steps.
INSTANTIATE_TEST_SUITE_P(
    rfc5256, ThreadSubject,
    testing::Values(Row{"", ""}, Row{"lunch", "lunch"}, Row{"Re: lunch", "lunch"}, Row{"RE : lunch ", "lunch"},
                    Row{"Fw: Fwd: Re: lunch", "lunch"}, Row{"lunch (fwd) (FWD)", "lunch"},        // 2
                    Row{"[list] lunch", "lunch"}, Row{"[list] Re: [list] lunch", "lunch"},        // 3, 4
                    Row{"Re: [a][b] Re[2]: lunch", "lunch"},                                      // 5
                    Row{"[Fwd: Re: lunch]", "lunch"}, Row{"[fwd: [fwd: lunch (fwd)]]", "lunch"},  // 6
                    Row{"[lunch]", "[lunch]"}, Row{"Re: [a] [lunch]", "[lunch]"},  // a blob that is all there is
                    Row{"[a [b] lunch", "[a[b]lunch"}, Row{"lunch [b]", "lunch[b]"}, Row{"reply: lunch", "reply:lunch"},
                    Row{"Re lunch", "relunch"}, Row{"Re:", ""}, Row{"(fwd)", ""}, Row{"[", "["}, Row{"[]", "[]"},
                    Row{"Re[: x", "re[:x"}));

INSTANTIATE_TEST_SUITE_P(beyond, ThreadSubject,
                         testing::Values(Row{"AW: WG: Essen", "essen"}, Row{"Re^2: lunch", "lunch"},
                                         Row{"Re(2): lunch", "re(2):lunch"}, Row{"ＲＥ：　会議", "会議"},
                                         Row{"返信: 会議", "会議"}, Row{"Re: ﾌﾟﾘﾝﾀ", "プリンタ"},
                                         Row{"Re:\xc2\xa0lunch", "lunch"}, Row{"a\t b", "ab"}));

std::vector<std::uint64_t> keys(std::string const& header) {
  return thread_keys(HeaderSection::parse(header + "\r\n"));
}

bool have_one_in_common(std::string const& a, std::string const& b) {
  std::vector<std::uint64_t> const known = keys(a);
  return std::ranges::any_of(keys(b), [&](std::uint64_t key) { return std::ranges::find(known, key) != known.end(); });
}

TEST(ThreadKeys, of_messages_that_name_one_id_have_one_in_common) {
  std::string const first = "Subject: lunch\r\nMessage-ID: <1@a.example>\r\n";
  EXPECT_EQ(keys(first).size(), 1U);
  for (std::string const answer : {
           "Message-ID: <2@b.example>\r\nIn-Reply-To: <1@a.example>\r\n",
           "In-Reply-To: Your message of Monday <1@a.example> (so)\r\n",
           "References: <1@a.example>\r\n",
           "References: <1@a.example>\r\n <5@a.example> <6@a.example> <7@a.example> <8@a.example>\r\n",
           "References: <5@a.example><6@a.example>\r\n\t<1@a.\r\n example>\r\n",
           "Message-ID: 1@a.example\r\n",
       }) {
    EXPECT_TRUE(have_one_in_common(first, "Subject: Re: lunch\r\n" + answer)) << answer;
    EXPECT_TRUE(have_one_in_common(first, "Subject: =?UTF-8?B?UmU6IGx1bmNo?=\r\n" + answer)) << answer;
    EXPECT_FALSE(have_one_in_common(first, "Subject: dinner\r\n" + answer)) << answer;
    EXPECT_FALSE(have_one_in_common(first, answer)) << answer;
  }
  EXPECT_FALSE(have_one_in_common(first, "Subject: lunch\r\nMessage-ID: <2@a.example>\r\n"));
}

TEST(ThreadKeys, are_few_and_their_own_comes_first) {
  std::string references = "References:";
  for (int i = 0; i < 50; ++i) references += "\r\n <" + std::to_string(i) + "@a.example>";
  std::string const own = "Message-ID: <own@a.example>\r\n";
  std::vector<std::uint64_t> const all = keys(references + "\r\n" + own + "In-Reply-To: <49@a.example>\r\n");
  EXPECT_EQ(all.size(), kMaxThreadKeys);
  EXPECT_EQ(all.front(), keys(own).front());
  EXPECT_EQ(all[1], keys("References: <49@a.example>\r\n").front());
  EXPECT_EQ(all[2], keys("References: <0@a.example>\r\n").front());
  EXPECT_EQ(all[3], keys("References: <48@a.example>\r\n").front());
}

TEST(ThreadKeys, of_what_names_no_id_are_none) {
  EXPECT_TRUE(keys("").empty());
  EXPECT_TRUE(keys("Subject: lunch\r\nMessage-ID: \r\nReferences: lunch yesterday <> <\r\n").empty());
}

TEST(ThreadKeys, are_in_the_summary) {
  MessageParser parser;
  parser.feed("Subject: lunch\r\nMessage-ID: <1@a.example>\r\n\r\nbody\r\n");
  Summary const summary = std::move(parser).finish();
  EXPECT_EQ(summary.thread, keys("Subject: lunch\r\nMessage-ID: <1@a.example>\r\n"));
  EXPECT_EQ(decode_thread(encode(summary)).value(), summary.thread);
  EXPECT_FALSE(decode_thread("summary").has_value());
}

// Stored in every card, so never to change (docs/FORMAT.md).
TEST(ThreadKeys, are_these) {
  EXPECT_EQ(keys("Subject: Re: lunch\r\nMessage-ID: <1@a.example>\r\n").front(), 12612933985254869310U);
}

}  // namespace
}  // namespace yubin::mime
