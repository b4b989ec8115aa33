#include "kv/overlay.h"

#include <gmock/gmock.h>

#include <random>

namespace yubin::kv {
namespace {

Batch::Operation put(std::string key, std::string value) {
  return Batch::Put{Table::mail, std::move(key), std::move(value)};
}
Batch::Operation erase(std::string key) {
  return Batch::Erase{Table::mail, std::move(key)};
}
Batch::Operation erase_range(std::string from, std::string to) {
  return Batch::EraseRange{Table::mail, {std::move(from), std::move(to)}};
}

// What a reader sees of a key, with "-" for erased and "?" for what only the committed state knows.
std::string seen(Overlay const& overlay, std::string_view key) {
  auto const found = overlay.find(Table::mail, key);
  if (!found.known) return "?";
  return std::string(found.value.value_or("-"));
}

TEST(Overlay, the_last_operation_on_a_key_counts) {
  Overlay overlay;
  overlay.apply(put("a", "1"), 1);
  overlay.apply(put("a", "2"), 1);
  overlay.apply(put("b", "1"), 1);
  overlay.apply(erase("b"), 2);
  EXPECT_EQ(seen(overlay, "a"), "2");
  EXPECT_EQ(seen(overlay, "b"), "-");
  EXPECT_EQ(seen(overlay, "c"), "?");
  EXPECT_FALSE(overlay.find(Table::queue, "a").known);
}

TEST(Overlay, an_erased_range_hides_what_was_before_and_not_what_comes_after) {
  Overlay overlay;
  overlay.apply(put("b1", "old"), 1);
  overlay.apply(erase_range("b", "c"), 2);
  overlay.apply(put("b2", "new"), 3);
  EXPECT_EQ(seen(overlay, "b1"), "-");
  EXPECT_EQ(seen(overlay, "b2"), "new");
  EXPECT_EQ(seen(overlay, "b"), "-");
  EXPECT_EQ(seen(overlay, "c"), "?");
}

TEST(Overlay, forgets_what_is_committed_and_keeps_what_a_later_batch_put) {
  Overlay overlay;
  overlay.apply(put("a", "1"), 1);
  overlay.apply(put("b", "1"), 1);
  overlay.apply(put("a", "2"), 2);
  overlay.forget(1);
  EXPECT_EQ(seen(overlay, "a"), "2");
  EXPECT_EQ(seen(overlay, "b"), "?");
  overlay.forget(2);
  EXPECT_TRUE(overlay.empty());
}

// The overlay over a committed state always reads as the state with all operations applied, however far it is
// committed.
TEST(Overlay, over_the_committed_state_reads_as_all_operations_applied) {
  std::mt19937 random(7);
  using Rows = std::map<std::string, std::string>;
  auto const key = [&] { return std::string(1, static_cast<char>('a' + random() % 8)); };
  auto const apply = [](Rows& rows, Batch::Operation const& operation) {
    Overlay one;
    one.apply(operation, 0);
    one.merge(Table::mail, {}, rows);
  };
  for (int round = 0; round < 200; ++round) {
    Overlay overlay;
    Rows committed;
    Rows all;
    std::vector<Batch::Operation> operations;
    std::size_t done = 0;
    for (std::uint64_t number = 1; number <= 30; ++number) {
      auto const kind = random() % 6;
      operations.push_back(kind == 0   ? erase_range(key(), key())
                           : kind == 1 ? erase(key())
                                       : put(key(), std::to_string(number)));
      overlay.apply(operations.back(), number);
      apply(all, operations.back());
      if (random() % 3 == 0) {
        std::size_t const up_to = done + random() % (operations.size() - done + 1);
        for (; done < up_to; ++done) apply(committed, operations[done]);
        overlay.forget(done);
      }
      Rows merged = committed;
      overlay.merge(Table::mail, {}, merged);
      ASSERT_EQ(merged, all) << "round " << round << ", operation " << number;
      for (char c = 'a'; c <= 'h'; ++c) {
        auto const name = std::string(1, c);
        auto const found = overlay.find(Table::mail, name);
        auto const below = committed.contains(name) ? std::optional<std::string_view>(committed[name]) : std::nullopt;
        auto const expected = all.contains(name) ? std::optional<std::string_view>(all[name]) : std::nullopt;
        ASSERT_EQ(found.known ? found.value : below, expected);
      }
    }
    overlay.forget(30);
    ASSERT_TRUE(overlay.empty());
  }
}

}  // namespace
}  // namespace yubin::kv
