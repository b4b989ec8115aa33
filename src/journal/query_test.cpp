#include "journal/query.h"

#include "journal/index_rows.h"
#include "journal/test_world.h"

namespace yubin::journal {
namespace {

using namespace std::chrono_literals;

// Everything is asked before and after indexing: the answers must be the same.
struct QueryTest : JournalTest {
  void expect(std::string const& reasons, Query const& query) {
    EXPECT_EQ(found(query), reasons);
    Query small = query;
    small.limit = 1;
    EXPECT_EQ(found(small), reasons) << "in pages of one";
    small.limit = 100;
    small.max_looked_at = 1;
    EXPECT_EQ(found(small), reasons) << "looking at one at a time";
  }
};

TEST_F(QueryTest, entries_are_found_by_what_they_hold) {
  Entry a = mail("a", "taro@client.example", {"hanako@example.test", "jiro@example.test"});
  a.peer = "192.0.2.1";
  a.message_id = "<One@client.example>";
  Entry b = mail("b", "", {"hanako@example.test"});
  b.peer = "2001:db8:1:2::3";
  b.facts.emplace_back(kAbout, a.id.text());
  Entry c = entry("c", Kind::login);
  c.service = "imap";
  c.user = "Hanako@Example.test";
  c.verdict = "refused";
  c.peer = "192.0.2.200";
  Entry d = mail("d", "taro@client.example", {"nobody@example.test"});
  d.verdict = "";
  d.recipients[0].fate = "refused";
  for (Entry const* one : {&a, &b, &c, &d}) write(*one);

  for (bool indexed : {false, true}) {
    SCOPED_TRACE(indexed);
    if (indexed) index();
    EXPECT_EQ(count("n"), indexed ? 0u : 4u);
    expect("dcba", {});
    expect("cba", {.address = "hanako@example.test"});
    expect("da", {.sender = "TARO@client.example"});
    expect("ba", {.recipient = "hanako@example.test"});
    expect("c", {.user = "hanako@example.test"});
    expect("da", {.domain = "client.example"});
    expect("a", {.message_id = "one@client.example"});
    expect("a", {.message_id = "<one@client.example>"});
    expect("c", {.service = "imap"});
    expect("dc", {.verdict = "refused"});
    expect("ba", {.verdict = "delivered"});
    expect("a", {.peer = PeerNetwork::parse("192.0.2.1").value()});
    expect("ca", {.peer = PeerNetwork::parse("192.0.2.0/24").value()});
    expect("ca", {.peer = PeerNetwork::parse("192.0.0.0/16").value()});
    expect("ca", {.peer = PeerNetwork::parse("192.0.0.0/8").value()});
    expect("b", {.peer = PeerNetwork::parse("2001:db8:1::/48").value()});
    expect("", {.peer = PeerNetwork::parse("198.51.100.0/24").value()});
    expect("c", {.kind = Kind::login});
    expect("b", {.about = a.id});
    expect("d", {.sender = "taro@client.example", .verdict = "refused"});
    expect("", {.recipient = "taro@client.example"});
  }
}

TEST_F(QueryTest, a_time_bounds_what_is_found) {
  WallTime const begin = clock.now();
  for (char const* reason : {"a", "b", "c", "d"}) {
    write(mail(reason, "a@b.example", {}));
    clock.advance(5h);
  }
  for (bool indexed : {false, true}) {
    SCOPED_TRACE(indexed);
    if (indexed) index();
    expect("dcba", {});
    expect("cb", {.since = begin + 5h, .until = begin + 15h});
    expect("dcb", {.sender = "a@b.example", .since = begin + 1h});
    expect("ba", {.domain = "b.example", .until = begin + 5h + 1us});
    expect("", {.since = begin + 15h, .until = begin + 5h});
    EXPECT_EQ(found({.limit = 0}), "");
  }
}

// A transaction takes its id when it begins, and its entry is written when it ends.
TEST_F(QueryTest, an_entry_that_is_written_late_is_found_in_its_place) {
  Entry const late = mail("l", "a@b.example", {});
  clock.advance(30min);
  write(mail("b", "a@b.example", {}));
  clock.advance(30min);
  write(mail("c", "a@b.example", {}));
  index();
  write(late);
  expect("cbl", {.sender = "a@b.example"});
  index();
  expect("cbl", {.sender = "a@b.example"});
  expect("cbl", {});
}

TEST_F(QueryTest, many_entries_of_one_minute_come_each_once) {
  std::string expected;
  for (int i = 0; i < 700; ++i) {
    write(mail(std::to_string(i) + ",", "a@b.example", {}));
    expected.insert(0, std::to_string(i) + ",");
    if (i % 250 == 249) index();
  }
  EXPECT_EQ(found({.sender = "a@b.example", .limit = 7}), expected);
  index();
  EXPECT_EQ(found({.sender = "a@b.example", .limit = 7}), expected);
  EXPECT_EQ(found({.limit = 1000}), expected);
}

TEST_F(QueryTest, a_damaged_entry_is_passed_over) {
  write(mail("a", "a@b.example", {}));
  Entry const damaged = mail("x", "a@b.example", {});
  write(damaged);
  index();
  kv::Batch batch;
  batch.put(kv::Table::journal, damaged.id.bytes(), "garbage");
  batch.put(kv::Table::journal, mark_key(damaged.id), "");
  kv::Batch const* batches[] = {&batch};
  ASSERT_TRUE(rows.write(batches));
  EXPECT_EQ(found(), "a");
  index();
  EXPECT_EQ(count("n"), 0u);
}

// A term with one entry in 90 days: the cost is one short scan a bucket, not a look at every entry.
TEST_F(QueryTest, a_rare_entry_among_many_costs_few_reads) {
  write(mail("rare", "rare@b.example", {}));
  for (int day = 0; day < 90; ++day) {
    for (int i = 0; i < 10; ++i) write(mail("x", "often@b.example", {}));
    clock.advance(24h);
  }
  index();
  EXPECT_EQ(journal->search({.sender = "rare@b.example", .max_looked_at = 2})->entries.size(), 1u);
}

}  // namespace
}  // namespace yubin::journal
