#include "journal/indexer.h"

#include "journal/index_rows.h"
#include "journal/record.h"
#include "journal/test_world.h"
#include "kv/faulty_key_value.h"

namespace yubin::journal {
namespace {

using namespace std::chrono_literals;

TEST_F(JournalTest, entries_and_their_index_go_when_they_are_too_old) {
  write(mail("a", "a@b.example", {"c@example.test"}));
  clock.advance(24h);
  write(mail("b", "a@b.example", {"c@example.test"}));
  index();
  clock.advance(std::chrono::days(90) - 12h);
  expire();
  EXPECT_EQ(found(), "b");
  EXPECT_EQ(found({.sender = "a@b.example"}), "b");
  EXPECT_EQ(count("t"), 1u);
  clock.advance(24h);
  expire();
  EXPECT_EQ(found(), "");
  EXPECT_EQ(count("i"), 0u);
  EXPECT_EQ(count(std::string(1, '\0')), 0u);
}

TEST_F(JournalTest, the_oldest_go_when_all_together_are_too_many_bytes) {
  open({.bytes = 10'000});
  for (char const* reason : {"a", "b", "c", "d", "e"}) {
    Entry big = mail(reason, "a@b.example", {});
    big.facts.assign(6, {"fact", std::string(500, 'x')});
    write(big);
    clock.advance(6h);
  }
  index();
  expire();
  EXPECT_EQ(found(), "edc");
}

TEST_F(JournalTest, the_newest_stay_whatever_they_hold) {
  open({.bytes = 1});
  write(mail("a", "a@b.example", {}));
  clock.advance(5h);
  write(mail("b", "a@b.example", {}));
  index();
  expire();
  EXPECT_EQ(found(), "ba");
}

TEST_F(JournalTest, entries_of_a_version_without_an_index_are_indexed_too) {
  std::string expected;
  kv::Batch batch;
  for (int i = 0; i < 2500; ++i) {
    Entry const old = mail(std::to_string(i) + ",", "a@b.example", {});
    batch.put(kv::Table::journal, old.id.bytes(), encode_entry(old));
    expected.insert(0, old.reason);
  }
  kv::Batch const* batches[] = {&batch};
  ASSERT_TRUE(rows.write(batches));
  EXPECT_EQ(found({.sender = "a@b.example"}), "");
  index();
  EXPECT_EQ(found({.sender = "a@b.example"}), expected);
}

TEST_F(JournalTest, many_alike_entries_share_their_postings) {
  for (int i = 0; i < 400; ++i) write(mail("x", "a@b.example", {"c@example.test"}));
  index();
  EXPECT_EQ(count("i"), 8u);  // all, two addresses, two domains, service, verdict and fate
}

TEST_F(JournalTest, a_run_whose_batch_fails_loses_nothing) {
  kv::Faults faults;
  kv::FaultyKeyValue faulty(rows, faults, kv::FaultyKeyValue::Failing::writes);
  kv::Committer failing(faulty, {});
  Indexer indexer(faulty, failing, clock, {});
  ASSERT_TRUE(indexer.index_some().wait());
  write(mail("a", "a@b.example", {}));
  faults.arm(0, kv::FaultMode::nothing_done);
  EXPECT_FALSE(indexer.index_some().wait());
  EXPECT_EQ(found({.sender = "a@b.example"}), "a");
  EXPECT_TRUE(indexer.index_some().wait());
  EXPECT_EQ(found({.sender = "a@b.example"}), "a");
}

TEST(IndexRows, a_posting_reads_as_it_was_written) {
  EntryId const first(1'700'000'040'000'000, 7);
  Posting const posting{bucket_of(first),
                        Term::of(Field::address, "a@b.example"),
                        minute_of(first),
                        {first, {first.high(), 9}, {first.high() + 5, 2}, {first.high() + 900'000, 2}}};
  kv::Row const row = encode_posting(posting);
  EXPECT_EQ(row.key.size(), 32u);
  EXPECT_EQ(row.value.size(), 1u + 2 + 2 + 4);
  EXPECT_EQ(decode_posting(row.key, row.value).value(), posting);
  EXPECT_FALSE(decode_posting(row.key, row.value.substr(0, 2)));
  EXPECT_FALSE(decode_posting(row.key, std::string(row.value) + std::string(2, '\0')));
}

TEST(IndexRows, newer_minutes_stand_first) {
  EntryId const old(1'700'000'040'000'000, 7);
  EntryId const young(old.high() + 120'000'000, 7);
  ASSERT_EQ(bucket_of(old), bucket_of(young));
  auto key = [](EntryId id) { return encode_posting({bucket_of(id), Term{}, minute_of(id), {id}}).key; };
  EXPECT_LT(key(young), key(old));
}

}  // namespace
}  // namespace yubin::journal
