#include "imap/view.h"

#include <gtest/gtest.h>

namespace yubin::imap {
namespace {

using store::Uid;

std::vector<Uid> uids(std::initializer_list<std::uint32_t> values) {
  std::vector<Uid> out;
  for (std::uint32_t value : values) out.emplace_back(value);
  return out;
}

View view(std::initializer_list<std::uint32_t> values) {
  return View(store::Mailbox{}, uids(values), Access::read_write);
}

SeqRange range(std::uint32_t first, std::uint32_t last) {
  return {SeqNum(first), SeqNum(last)};
}

auto const kStar = std::nullopt;

TEST(View, ResolvesSequenceNumbers) {
  View const v = view({10, 20, 30, 40});
  EXPECT_EQ(v.resolve({{2, 3}}, Numbers::sequence).value(), (std::vector{range(2, 3)}));
  EXPECT_EQ(v.resolve({{4, 3}, {1, 1}, {2, 2}}, Numbers::sequence).value(), (std::vector{range(1, 4)}));
  EXPECT_EQ(v.resolve({{3, kStar}}, Numbers::sequence).value(), (std::vector{range(3, 4)}));
  EXPECT_FALSE(v.resolve({{5, 5}}, Numbers::sequence));
  EXPECT_FALSE(v.resolve({{1, 5}}, Numbers::sequence));
  EXPECT_FALSE(view({}).resolve({{kStar, kStar}}, Numbers::sequence));
  EXPECT_EQ(v.find_all({{3, 9}, {7, 8}}, Numbers::sequence), (std::vector{range(3, 4)}));
  EXPECT_EQ(view({}).find_all({{1, kStar}}, Numbers::sequence), std::vector<SeqRange>());
}

TEST(View, ResolvesUids) {
  View const v = view({10, 20, 30, 40});
  EXPECT_EQ(v.resolve({{20, 30}}, Numbers::uid).value(), (std::vector{range(2, 3)}));
  EXPECT_EQ(v.resolve({{11, 19}}, Numbers::uid).value(), std::vector<SeqRange>());
  EXPECT_EQ(v.resolve({{1, 4294967295}}, Numbers::uid).value(), (std::vector{range(1, 4)}));
  // RFC 9051 section 6.4.9: n:* always has the last message.
  EXPECT_EQ(v.resolve({{99, kStar}}, Numbers::uid).value(), (std::vector{range(4, 4)}));
  EXPECT_EQ(view({}).resolve({{1, kStar}}, Numbers::uid).value(), std::vector<SeqRange>());
}

TEST(View, TakesExpungesOutFromTheEnd) {
  View v = view({10, 20, 30, 40});
  v.add_pending_expunges(uids({20, 25}));
  v.add_pending_expunges(uids({10, 20, 40}));
  EXPECT_EQ(v.exists(), 4U);
  EXPECT_EQ(v.take_expunges(), (std::vector{SeqNum(4), SeqNum(2), SeqNum(1)}));
  EXPECT_EQ(v.uids().all(), uids({30}));
  EXPECT_TRUE(v.take_expunges().empty());
}

TEST(View, NeverTakesAnOldUidForANewOne) {
  View v = view({10, 20});
  v.add_pending_expunges(uids({20}));
  (void)v.take_expunges();
  EXPECT_EQ(v.add_new(uids({15, 20})), 0U);
  EXPECT_EQ(v.add_new(uids({20, 21, 30})), 2U);
  EXPECT_EQ(v.uids().all(), uids({10, 21, 30}));
}

TEST(View, RemembersWhatWasTold) {
  View v = view({10, 20});
  v.mark_told(Uid(10), store::ModSeq(5));
  EXPECT_TRUE(v.was_told(Uid(10), store::ModSeq(5)));
  EXPECT_FALSE(v.was_told(Uid(10), store::ModSeq(6)));
  EXPECT_FALSE(v.was_told(Uid(20), store::ModSeq(5)));
  v.forget_told();
  EXPECT_FALSE(v.was_told(Uid(10), store::ModSeq(5)));
}

}  // namespace
}  // namespace yubin::imap
