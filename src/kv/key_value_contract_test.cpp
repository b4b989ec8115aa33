#include "kv/key_value_contract.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <random>

namespace yubin::kv {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<Result<>> KeyValueContract::write(std::initializer_list<Batch> batches) {
  std::vector<Batch const*> pointers;
  for (auto const& batch : batches) pointers.push_back(&batch);
  auto results = engine().write(pointers);
  EXPECT_TRUE(results.has_value());
  return results.value();
}

void KeyValueContract::put(Table table, std::string key, std::string value) {
  Batch batch;
  batch.put(table, std::move(key), std::move(value));
  EXPECT_TRUE(write({batch})[0].has_value());
}

std::optional<std::string> KeyValueContract::get(Table table, std::string_view key) {
  auto value = engine().get(table, key);
  EXPECT_TRUE(value.has_value());
  return value.value();
}

std::vector<std::string> KeyValueContract::rows(Table table, Range const& range, Limit limit) {
  std::vector<std::string> all;
  Range rest = range;
  for (;;) {
    auto page = engine().scan(table, rest, limit).value();
    EXPECT_LE(page.rows.size(), limit.rows);
    for (auto& row : page.rows) all.push_back(row.key + "=" + row.value);
    if (!page.next) return all;
    EXPECT_FALSE(page.rows.empty());
    rest.from = *page.next;
  }
}

namespace {

std::string bytes(std::initializer_list<int> values) {
  std::string out;
  for (int value : values) out.push_back(static_cast<char>(value));
  return out;
}

TEST_P(KeyValueContract, a_row_is_read_as_it_was_put_and_only_in_its_table) {
  put(Table::mail, "a", "1");
  EXPECT_EQ(get(Table::mail, "a"), "1");
  EXPECT_EQ(get(Table::mail, "b"), std::nullopt);
  for (Table other : kTables) {
    if (other != Table::mail) EXPECT_EQ(get(other, "a"), std::nullopt) << table_name(other);
  }
  put(Table::mail, "a", "2");
  EXPECT_EQ(get(Table::mail, "a"), "2");
}

TEST_P(KeyValueContract, multi_get_answers_in_the_order_of_the_keys) {
  put(Table::mail, "a", "1");
  put(Table::mail, "b", "");
  std::vector<std::string> const keys = {"b", "none", "a", "b"};
  auto values = engine().multi_get(Table::mail, keys).value();
  EXPECT_THAT(values, ElementsAre(std::optional<std::string>(""), std::nullopt, std::optional<std::string>("1"),
                                  std::optional<std::string>("")));
  EXPECT_THAT(engine().multi_get(Table::mail, {}).value(), IsEmpty());
}

TEST_P(KeyValueContract, multi_get_finds_what_get_finds) {
  std::mt19937 random(7);
  auto key = [](unsigned number) { return fmt::format("{:03}", number); };
  // Rows close together, far apart, and between many that are erased.
  Batch puts;
  Batch erases;
  for (unsigned i = 0; i < 300; ++i) {
    puts.put(Table::body, key(i), fmt::format("body {}", i));
    if (i % 7 == 3 || (i > 100 && i < 160) || (i > 250 && i % 10 != 0)) erases.erase(Table::body, key(i));
  }
  write({puts, erases});
  for (int round = 0; round < 200; ++round) {
    std::vector<std::string> keys;
    unsigned const first = random() % 300;
    unsigned const step = round % 3 == 0 ? 1 : 1 + random() % 40;
    for (unsigned i = first; i < 310 && keys.size() < 40; i += 1 + random() % step) keys.push_back(key(i));
    if (round % 4 == 3) std::ranges::shuffle(keys, random);
    std::vector<std::optional<std::string>> expected;
    expected.reserve(keys.size());
    for (std::string const& one : keys) expected.push_back(get(Table::body, one));
    EXPECT_EQ(engine().multi_get(Table::body, keys).value(), expected);
  }
}

TEST_P(KeyValueContract, an_empty_value_is_a_value) {
  put(Table::queue, "k", "");
  EXPECT_EQ(get(Table::queue, "k"), "");
  EXPECT_THAT(rows(Table::queue, {}), ElementsAre("k="));
}

TEST_P(KeyValueContract, keys_are_ordered_as_unsigned_bytes) {
  std::string const zero = bytes({0});
  std::string const zeros = bytes({0, 0});
  std::string const high = bytes({0x80});
  std::string const last = bytes({0xff});
  std::string const lasts = bytes({0xff, 0xff});
  for (auto const& key : {lasts, high, zero, std::string("a"), last, zeros}) put(Table::journal, key, "");
  EXPECT_THAT(rows(Table::journal, {}),
              ElementsAre(zero + "=", zeros + "=", "a=", high + "=", last + "=", lasts + "="));
  EXPECT_THAT(rows(Table::journal, prefix_range(last)), ElementsAre(last + "=", lasts + "="));
  EXPECT_THAT(rows(Table::journal, {zeros, high}), ElementsAre(zeros + "=", "a="));
}

TEST_P(KeyValueContract, a_scan_takes_in_its_first_key_and_not_its_end) {
  for (char const* key : {"a", "b", "c", "d"}) put(Table::mail, key, key);
  EXPECT_THAT(rows(Table::mail, {"b", "d"}), ElementsAre("b=b", "c=c"));
  EXPECT_THAT(rows(Table::mail, {"b", ""}), ElementsAre("b=b", "c=c", "d=d"));
  EXPECT_THAT(rows(Table::mail, {"bb", "cc"}), ElementsAre("c=c"));
  EXPECT_THAT(rows(Table::mail, {"b", "b"}), IsEmpty());
  EXPECT_THAT(rows(Table::mail, {"c", "b"}), IsEmpty());
  EXPECT_THAT(rows(Table::mail, {"e", ""}), IsEmpty());
}

TEST_P(KeyValueContract, a_page_ends_at_its_limit_of_rows_and_says_where_to_go_on) {
  for (char const* key : {"a", "b", "c", "d"}) put(Table::mail, key, key);
  auto page = engine().scan(Table::mail, {"a", "d"}, {.rows = 2}).value();
  EXPECT_THAT(page.rows, ElementsAre(Row{"a", "a"}, Row{"b", "b"}));
  EXPECT_EQ(page.next, "c");
  page = engine().scan(Table::mail, {*page.next, "d"}, {.rows = 2}).value();
  EXPECT_THAT(page.rows, ElementsAre(Row{"c", "c"}));
  EXPECT_EQ(page.next, std::nullopt);
  // A page that is full just at the end of the range does not promise more.
  EXPECT_EQ(engine().scan(Table::mail, {"a", "c"}, {.rows = 2}).value().next, std::nullopt);
  EXPECT_THAT(rows(Table::mail, {}, {.rows = 1}), ElementsAre("a=a", "b=b", "c=c", "d=d"));
}

TEST_P(KeyValueContract, a_page_ends_at_its_limit_of_bytes_but_holds_a_row) {
  put(Table::mail, "a", std::string(100, 'x'));
  put(Table::mail, "b", std::string(100, 'x'));
  put(Table::mail, "c", std::string(100, 'x'));
  EXPECT_EQ(engine().scan(Table::mail, {}, {.bytes = 202}).value().rows.size(), 2u);
  EXPECT_EQ(engine().scan(Table::mail, {}, {.bytes = 201}).value().rows.size(), 1u);
  EXPECT_EQ(engine().scan(Table::mail, {}, {.bytes = 0}).value().rows.size(), 1u);
  EXPECT_EQ(rows(Table::mail, {}, {.bytes = 1}).size(), 3u);
}

TEST_P(KeyValueContract, operations_take_effect_in_their_order) {
  Batch batch;
  batch.put(Table::mail, "a", "1");
  batch.put(Table::mail, "a", "2");
  batch.put(Table::mail, "b", "1");
  batch.erase(Table::mail, "b");
  batch.erase(Table::mail, "c");
  batch.put(Table::mail, "c", "1");
  batch.put(Table::mail, "d1", "gone");
  batch.erase_range(Table::mail, {"d", "e"});
  batch.put(Table::mail, "d2", "stays");
  write({batch});
  EXPECT_THAT(rows(Table::mail, {}), ElementsAre("a=2", "c=1", "d2=stays"));
}

TEST_P(KeyValueContract, batches_take_effect_in_their_order) {
  Batch first;
  first.put(Table::mail, "a", "1");
  first.put(Table::mail, "b", "1");
  Batch second;
  second.put(Table::mail, "a", "2");
  second.erase(Table::mail, "b");
  write({first, second});
  EXPECT_THAT(rows(Table::mail, {}), ElementsAre("a=2"));
}

TEST_P(KeyValueContract, erase_range_takes_in_its_first_key_and_not_its_end) {
  for (char const* key : {"a", "b", "bb", "c", "d"}) put(Table::mail, key, "");
  put(Table::queue, "b", "");
  Batch batch;
  batch.erase_range(Table::mail, {"b", "c"});
  write({batch});
  EXPECT_THAT(rows(Table::mail, {}), ElementsAre("a=", "c=", "d="));
  EXPECT_THAT(rows(Table::queue, {}), ElementsAre("b="));
  EXPECT_EQ(get(Table::mail, "bb"), std::nullopt);
}

TEST_P(KeyValueContract, erase_range_without_a_span_erases_nothing) {
  for (char const* key : {"a", "b", "c"}) put(Table::mail, key, "");
  Batch batch;
  batch.erase_range(Table::mail, {"b", "b"});
  batch.erase_range(Table::mail, {"c", "a"});
  EXPECT_TRUE(write({batch})[0].has_value());
  EXPECT_THAT(rows(Table::mail, {}), ElementsAre("a=", "b=", "c="));
}

TEST_P(KeyValueContract, an_unmet_precondition_leaves_no_trace_and_does_not_disturb_others) {
  put(Table::mail, "a", "1");
  Batch good;
  good.put(Table::mail, "x", "1");
  Batch bad;
  bad.put(Table::mail, "y", "1");
  bad.erase(Table::mail, "a");
  bad.require(Table::mail, "a", "2");
  Batch later;
  later.put(Table::mail, "z", "1");
  auto results = write({good, bad, later});
  EXPECT_TRUE(results[0].has_value());
  EXPECT_EQ(results[1].error().code, Errc::conflict);
  EXPECT_TRUE(results[2].has_value());
  EXPECT_THAT(rows(Table::mail, {}), ElementsAre("a=1", "x=1", "z=1"));
}

TEST_P(KeyValueContract, preconditions_ask_for_a_value_or_for_absence) {
  put(Table::mail, "a", "1");
  put(Table::mail, "empty", "");
  Batch met;
  met.put(Table::mail, "m", "1");
  met.require(Table::mail, "a", "1");
  met.require(Table::mail, "b", std::nullopt);
  met.require(Table::mail, "empty", "");
  Batch present;
  present.put(Table::mail, "n", "1");
  present.require(Table::mail, "a", std::nullopt);
  Batch empty_is_not_absent;
  empty_is_not_absent.put(Table::mail, "o", "1");
  empty_is_not_absent.require(Table::mail, "b", "");
  auto results = write({met, present, empty_is_not_absent});
  EXPECT_TRUE(results[0].has_value());
  EXPECT_EQ(results[1].error().code, Errc::conflict);
  EXPECT_EQ(results[2].error().code, Errc::conflict);
}

TEST_P(KeyValueContract, preconditions_see_earlier_batches_of_the_same_write) {
  put(Table::mail, "r1", "1");
  put(Table::mail, "counter", "0");
  Batch first;
  first.put(Table::mail, "counter", "1");
  first.erase_range(Table::mail, {"r", "s"});
  Batch too_late;
  too_late.require(Table::mail, "counter", "0");
  too_late.put(Table::mail, "counter", "9");
  Batch second;
  second.require(Table::mail, "counter", "1");
  second.require(Table::mail, "r1", std::nullopt);
  second.put(Table::mail, "counter", "2");
  second.erase(Table::mail, "gone");
  Batch third;  // sees the second, and nothing of the refused one
  third.require(Table::mail, "counter", "2");
  third.require(Table::mail, "gone", std::nullopt);
  third.put(Table::mail, "counter", "3");
  auto results = write({first, too_late, second, third});
  EXPECT_TRUE(results[0].has_value());
  EXPECT_EQ(results[1].error().code, Errc::conflict);
  EXPECT_TRUE(results[2].has_value());
  EXPECT_TRUE(results[3].has_value());
  EXPECT_EQ(get(Table::mail, "counter"), "3");
}

TEST_P(KeyValueContract, keys_and_values_up_to_their_limits_are_stored) {
  std::string const key(kMaxKey, 'k');
  std::string const value(kMaxValue, 'v');
  put(Table::mail, key, value);
  EXPECT_EQ(get(Table::mail, key), value);
}

TEST_P(KeyValueContract, a_batch_over_a_limit_is_refused_as_a_whole) {
  Batch long_key;
  long_key.put(Table::mail, "a", "1");
  long_key.put(Table::mail, std::string(kMaxKey + 1, 'k'), "");
  Batch long_value;
  long_value.put(Table::mail, "b", std::string(kMaxValue + 1, 'v'));
  Batch empty_key;
  empty_key.put(Table::mail, "", "1");
  Batch open_range;
  open_range.erase_range(Table::mail, {"a", ""});
  Batch good;
  good.put(Table::mail, "c", "1");
  auto results = write({long_key, long_value, empty_key, open_range, good});
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(results[i].error().code, Errc::limit) << i;
  EXPECT_TRUE(results[4].has_value());
  EXPECT_THAT(rows(Table::mail, {}), ElementsAre("c=1"));
}

TEST_P(KeyValueContract, an_empty_batch_and_no_batch_at_all_succeed) {
  EXPECT_TRUE(write({Batch()})[0].has_value());
  EXPECT_THAT(write({}), IsEmpty());
}

TEST_P(KeyValueContract, what_was_written_is_there_after_a_restart) {
  put(Table::server, "version", "1");
  put(Table::mail, "a", "1");
  put(Table::mail, "b", "1");
  Batch batch;
  batch.erase(Table::mail, "b");
  batch.put(Table::body_ref, "r", "");
  write({batch});
  reopen();
  EXPECT_EQ(get(Table::server, "version"), "1");
  EXPECT_THAT(rows(Table::mail, {}), ElementsAre("a=1"));
  EXPECT_THAT(rows(Table::body_ref, {}), ElementsAre("r="));
  put(Table::mail, "c", "1");
  reopen();
  EXPECT_THAT(rows(Table::mail, {}), ElementsAre("a=1", "c=1"));
}

}  // namespace
}  // namespace yubin::kv
