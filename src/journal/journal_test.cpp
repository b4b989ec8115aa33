#include "journal/journal.h"

#include <gtest/gtest.h>

#include <map>

#include "base/executor.h"
#include "kv/committer.h"
#include "kv/memory_key_value.h"

namespace yubin::journal {
namespace {

using namespace std::chrono_literals;

struct JournalTest : testing::Test {
  Entry entry(std::string reason, Kind kind = Kind::refusal) {
    Entry entry;
    entry.id = journal.next_id();
    entry.kind = kind;
    entry.reason = std::move(reason);
    return entry;
  }
  std::string reasons(WallTime since, WallTime until, std::size_t limit = 100) {
    std::string text;
    for (Entry const& entry : journal.entries(since, until, limit).value()) text += entry.reason;
    return text;
  }

  kv::MemoryKeyValue rows;
  InlineExecutor inline_executor;
  kv::Committer committer{rows, {}};
  kv::Changer changer{rows, committer, inline_executor};
  ManualClock clock{WallTime(1'000s)};
  UniqueIds ids{clock, 1, 0};
  Journal journal{rows, changer, ids};
};

TEST_F(JournalTest, an_entry_is_found_by_its_id) {
  Entry written = entry("no such user");
  ASSERT_TRUE(journal.append(written).wait());
  EXPECT_EQ(journal.find(written.id).value(), written);
  EXPECT_EQ(journal.find(journal.next_id()).value(), std::nullopt);
}

TEST_F(JournalTest, an_entry_comes_with_the_change_it_is_about) {
  Entry good = entry("good");
  Entry bad = entry("bad");
  auto change = [&](Entry const& about, bool fails) {
    return changer.change<void>({kv::kServerAccount}, Lane::delivery,
                                [&about, fails](kv::Changes& changes) -> Result<> {
                                  Journal::put(changes, about);
                                  if (fails) return fail(Errc::temporary, "the change fails");
                                  return {};
                                });
  };
  EXPECT_TRUE(change(good, false).wait());
  EXPECT_FALSE(change(bad, true).wait());
  EXPECT_EQ(journal.find(good.id).value(), good);
  EXPECT_EQ(journal.find(bad.id).value(), std::nullopt);
}

TEST_F(JournalTest, entries_are_listed_by_time) {
  for (char const* reason : {"a", "b", "c", "d"}) {
    ASSERT_TRUE(journal.append(entry(reason)).wait());
    clock.advance(10s);
  }
  EXPECT_EQ(reasons(WallTime{}, WallTime(2'000s)), "abcd");
  EXPECT_EQ(reasons(WallTime(1'010s), WallTime(1'030s)), "bc");
  EXPECT_EQ(reasons(WallTime(1'010s), WallTime(2'000s), 2), "bc");
  EXPECT_EQ(reasons(WallTime(-5s), WallTime(1'001s)), "a");
  EXPECT_EQ(reasons(WallTime(1'030s), WallTime(1'010s)), "");
  EXPECT_EQ(reasons(WallTime(1'010s), WallTime(1'010s)), "");
  EXPECT_EQ(reasons(WallTime{}, WallTime(2'000s), 0), "");
}

TEST_F(JournalTest, many_entries_come_in_pages) {
  std::string expected;
  std::vector<kv::Ticket<void>> tickets;
  for (int i = 0; i < 200; ++i) {
    Entry added = entry(std::to_string(i) + ",");
    added.facts.assign(100, {"fact", std::string(200, 'x')});  // 20 KB each: more than one page of rows
    tickets.push_back(journal.append(std::move(added)));
    expected += std::to_string(i) + ",";
  }
  for (auto const& ticket : tickets) ASSERT_TRUE(ticket.wait());
  EXPECT_EQ(reasons(WallTime{}, WallTime(2'000s), 1000), expected);
}

TEST_F(JournalTest, a_row_that_is_no_entry_is_an_error) {
  EntryId id = journal.next_id();
  kv::Batch batch;
  batch.put(kv::Table::journal, id.bytes(), "garbage");
  kv::Batch const* batches[] = {&batch};
  ASSERT_TRUE(rows.write(batches));
  EXPECT_EQ(journal.find(id).error().code, Errc::corrupt);
  EXPECT_EQ(journal.entries(WallTime{}, WallTime(2'000s), 10).error().code, Errc::corrupt);
}

}  // namespace
}  // namespace yubin::journal
