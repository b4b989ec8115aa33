#include "store/format.h"

#include <gtest/gtest.h>

#include "kv/memory_key_value.h"

namespace yubin::store {
namespace {

void put_format(kv::KeyValue& rows, std::string value) {
  kv::Batch batch;
  batch.put(kv::Table::server, "format", std::move(value));
  kv::Batch const* const batches[] = {&batch};
  ASSERT_TRUE(rows.write(batches));
}

TEST(Format, a_store_without_a_number_is_of_the_first_format_and_is_claimed) {
  kv::MemoryKeyValue rows;
  EXPECT_TRUE(check_format(rows));
  EXPECT_EQ(rows.get(kv::Table::server, "format").value(), std::nullopt) << "looking changes nothing";
  EXPECT_TRUE(claim_format(rows));
  EXPECT_EQ(rows.get(kv::Table::server, "format").value(), "\x01\x03");
  EXPECT_TRUE(claim_format(rows));
}

TEST(Format, an_older_one_is_raised) {
  kv::MemoryKeyValue rows;
  put_format(rows, "\x01\x01");
  EXPECT_TRUE(claim_format(rows));
  EXPECT_EQ(rows.get(kv::Table::server, "format").value(), "\x01\x03");
}

TEST(Format, a_later_one_is_refused_with_a_sentence_and_left_as_it_is) {
  for (char const* value : {"\x01\x04", "\x02\x01"}) {
    kv::MemoryKeyValue rows;
    put_format(rows, value);
    Result<> const claimed = claim_format(rows);
    ASSERT_FALSE(claimed);
    EXPECT_EQ(claimed.error().code, Errc::conflict);
    EXPECT_NE(claimed.error().detail.find("a later version of Yubin"), std::string::npos);
    EXPECT_EQ(rows.get(kv::Table::server, "format").value(), value);
  }
}

}  // namespace
}  // namespace yubin::store
