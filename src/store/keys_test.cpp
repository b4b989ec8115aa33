#include "store/keys.h"

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace yubin::store {
namespace {

AccountId const kAccount{0x0102};
MailboxId const kMailbox{7};

// The examples of docs/FORMAT.md.
TEST(Keys, are_laid_out_as_documented) {
  EXPECT_EQ(to_hex(AccountKey{kAccount}.encode()), "000000000000010201");
  EXPECT_EQ(to_hex(MailboxKey{kAccount, kMailbox}.encode()), "00000000000001020200000007");
  EXPECT_EQ(to_hex(NameKey{kAccount, "Sent"}.encode()), "00000000000001020353656e74");
  EXPECT_EQ(to_hex(StatesKey{kAccount, kMailbox, states_chunk(Uid(100))}.encode()),
            "0000000000000102040000000700000003");
  EXPECT_EQ(to_hex(CardKey{kAccount, kMailbox, Uid(100)}.encode()), "0000000000000102050000000700000064");
  EXPECT_EQ(to_hex(LogKey{kAccount, kMailbox, ModSeq(100)}.encode()), "000000000000010206000000070000000000000064");
  EXPECT_EQ(to_hex(UidsKey{kAccount, kMailbox, uids_block(Uid(5000))}.encode()), "0000000000000102070000000700000004");
  EXPECT_EQ(to_hex(ThreadKey{kAccount, 0xa1b2c3d4e5f60718}.encode()), "000000000000010209a1b2c3d4e5f60718");
  EXPECT_EQ(to_hex(BodyRefKey{{1, 2}, kAccount, kMailbox, Uid(100)}.encode()),
            "0000000000000001000000000000000200000000000001020000000700000064");
}

template <class Key>
void expect_round_trip(Key const& key) {
  std::string const bytes = key.encode();
  Result<Key> decoded = Key::decode(bytes);
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(*decoded, key);
  EXPECT_EQ(Key::decode(std::string_view(bytes).substr(0, 8)).error().code, Errc::corrupt);
}

template <class Key>
void expect_exact_length(Key const& key) {
  EXPECT_EQ(Key::decode(key.encode() + "x").error().code, Errc::corrupt);
}

TEST(Keys, come_back_and_refuse_other_lengths) {
  expect_round_trip(AccountKey{kAccount});
  expect_round_trip(MailboxKey{kAccount, kMailbox});
  expect_round_trip(NameKey{kAccount, "受信"});
  expect_round_trip(StatesKey{kAccount, kMailbox, 3});
  expect_round_trip(CardKey{kAccount, kMailbox, Uid(0xffffffff)});
  expect_round_trip(LogKey{kAccount, kMailbox, ModSeq(1)});
  expect_round_trip(UidsKey{kAccount, kMailbox, 4});
  expect_round_trip(BodyRefKey{{1, 2}, kAccount, kMailbox, Uid(3)});
  expect_round_trip(ThreadKey{kAccount, ~std::uint64_t{0}});
  expect_exact_length(ThreadKey{kAccount, 1});
  expect_exact_length(AccountKey{kAccount});
  expect_exact_length(MailboxKey{kAccount, kMailbox});
  expect_exact_length(StatesKey{kAccount, kMailbox, 3});
  expect_exact_length(CardKey{kAccount, kMailbox, Uid(3)});
  expect_exact_length(LogKey{kAccount, kMailbox, ModSeq(1)});
  expect_exact_length(UidsKey{kAccount, kMailbox, 4});
  expect_exact_length(BodyRefKey{{1, 2}, kAccount, kMailbox, Uid(3)});
}

TEST(Keys, of_one_kind_are_refused_as_another) {
  EXPECT_EQ(StatesKey::decode(CardKey{kAccount, kMailbox, Uid(1)}.encode()).error().code, Errc::corrupt);
  EXPECT_EQ(AccountKey::decode(NameKey{kAccount, ""}.encode()).error().code, Errc::corrupt);
}

bool within(kv::Range const& range, std::string const& key) {
  return range.from <= key && (range.to.empty() || key < range.to);
}

TEST(Keys, ranges_hold_what_they_should) {
  kv::Range const cards = cards_range(kAccount, kMailbox, {Uid(5), Uid(9)});
  EXPECT_FALSE(within(cards, CardKey{kAccount, kMailbox, Uid(4)}.encode()));
  EXPECT_TRUE(within(cards, CardKey{kAccount, kMailbox, Uid(5)}.encode()));
  EXPECT_TRUE(within(cards, CardKey{kAccount, kMailbox, Uid(9)}.encode()));
  EXPECT_FALSE(within(cards, CardKey{kAccount, kMailbox, Uid(10)}.encode()));

  kv::Range const log = log_range(kAccount, kMailbox, ModSeq(5), ModSeq(9));
  EXPECT_FALSE(within(log, LogKey{kAccount, kMailbox, ModSeq(5)}.encode()));
  EXPECT_TRUE(within(log, LogKey{kAccount, kMailbox, ModSeq(6)}.encode()));
  EXPECT_TRUE(within(log, LogKey{kAccount, kMailbox, ModSeq(9)}.encode()));
  EXPECT_FALSE(within(log, LogKey{kAccount, kMailbox, ModSeq(10)}.encode()));

  kv::Range const states = states_range(kAccount, kMailbox, UidRange{});
  EXPECT_TRUE(within(states, StatesKey{kAccount, kMailbox, states_chunk(Uid(0xffffffff))}.encode()));
  EXPECT_FALSE(within(states, StatesKey{kAccount, MailboxId(8), 0}.encode()));

  kv::Range const below = names_below(kAccount, MailboxName::parse("a").value());
  EXPECT_TRUE(within(below, NameKey{kAccount, "a/b"}.encode()));
  EXPECT_FALSE(within(below, NameKey{kAccount, "a"}.encode()));
  EXPECT_FALSE(within(below, NameKey{kAccount, "ab"}.encode()));
}

TEST(Keys, of_an_account_are_in_its_range_and_in_no_other) {
  for (std::uint64_t account : {std::uint64_t{0}, std::uint64_t{0xff}, std::uint64_t{0x100}, ~std::uint64_t{0}}) {
    std::string const key = NameKey{AccountId(account), "\xff\xff"}.encode();
    EXPECT_TRUE(within(account_range(AccountId(account)), key));
    EXPECT_FALSE(within(account_range(AccountId(account + 1)), key));
    EXPECT_FALSE(within(account_range(AccountId(account - 1)), key));
  }
}

}  // namespace
}  // namespace yubin::store
