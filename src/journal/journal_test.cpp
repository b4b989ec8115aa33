#include "journal/journal.h"

#include "journal/test_world.h"

namespace yubin::journal {
namespace {

TEST_F(JournalTest, an_entry_is_found_by_its_id) {
  Entry written = entry("no such user");
  write(written);
  EXPECT_EQ(journal->find(written.id).value(), written);
  EXPECT_EQ(journal->find(journal->next_id()).value(), std::nullopt);
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
  EXPECT_EQ(journal->find(good.id).value(), good);
  EXPECT_EQ(journal->find(bad.id).value(), std::nullopt);
  EXPECT_EQ(found(), "good");
}

TEST_F(JournalTest, what_nobody_waits_for_is_gathered_and_written_by_one_write) {
  Entry const one = entry("one", Kind::login);
  Entry const two = entry("two", Kind::connection);
  journal->note(one);
  journal->note(two);
  EXPECT_EQ(committer.counters().writes, 0u);
  ASSERT_TRUE(journal->write_noted().wait());
  EXPECT_EQ(committer.counters().writes, 1u);
  EXPECT_EQ(found(), "twoone");
  ASSERT_TRUE(journal->write_noted().wait());
  EXPECT_EQ(committer.counters().writes, 1u) << "nothing to write";
}

TEST_F(JournalTest, what_is_noted_does_not_gather_without_end) {
  open({.bytes = std::uint64_t{1} << 40, .single_a_minute = 1'000'000});
  for (int i = 0; i < 2000; ++i) {
    Entry big = entry("x");
    big.facts.assign(2, {"fact", std::string(500, 'x')});
    journal->note(big);
  }
  wait_for_commits();
  EXPECT_GT(count(std::string(1, '\0')), 500u);
}

TEST_F(JournalTest, masses_are_counted_and_the_sum_is_written_when_their_minute_is_over) {
  open({.single_a_minute = 3});
  for (int i = 0; i < 100; ++i) {
    Entry scan = entry("s", Kind::connection);
    scan.peer = "192.0.2." + std::to_string(i % 5);
    journal->note(scan);
  }
  ASSERT_TRUE(journal->write_noted().wait());
  EXPECT_EQ(found(), "sss");
  clock.advance(std::chrono::minutes(1));
  ASSERT_TRUE(journal->write_noted().wait());
  EXPECT_EQ(found(), "97 more of this kind within a minutesss");
}

TEST_F(JournalTest, what_was_noted_and_counted_is_written_when_the_journal_is_closed) {
  open({.single_a_minute = 1});
  for (int i = 0; i < 5; ++i) journal->note(entry("s", Kind::connection));
  open({});
  wait_for_commits();
  EXPECT_EQ(found(), "4 more of this kind within a minutes");
}

TEST_F(JournalTest, a_row_that_is_no_entry_is_an_error_when_it_is_asked_for) {
  EntryId id = journal->next_id();
  kv::Batch batch;
  batch.put(kv::Table::journal, id.bytes(), "garbage");
  kv::Batch const* batches[] = {&batch};
  ASSERT_TRUE(rows.write(batches));
  EXPECT_EQ(journal->find(id).error().code, Errc::corrupt);
}

TEST_F(JournalTest, kinds_have_words) {
  EXPECT_EQ(parse_kind("login"), Kind::login);
  EXPECT_EQ(parse_kind("lgin"), std::nullopt);
}

}  // namespace
}  // namespace yubin::journal
