#include "directory/known_logins.h"

#include <gtest/gtest.h>

#include "directory/rows.h"
#include "tests/kit/memory_directory.h"

namespace yubin::directory {
namespace {

using namespace std::chrono_literals;

struct KnownLoginsTest : testing::Test {
  KnownLogins& known() { return directory.known_logins(); }
  void add(KnownLogin kind, std::string text) {
    known().add(kind, std::move(text));
    EXPECT_TRUE(known().write().wait());
  }
  std::string texts(KnownLogin kind, std::size_t most = 100) {
    std::string all;
    for (KnownText const& one : known().read(kind, most).value()) all += one.text;
    return all;
  }
  std::size_t rows() { return directory.rows().scan(kv::Table::directory, known_rows(), {}).value().rows.size(); }
  void forget_old() {
    while (known().forget_old().value() == Turn::more) {
    }
  }
  kit::MemoryDirectory directory;
};

TEST_F(KnownLoginsTest, are_read_after_a_restart_the_newest_last) {
  add(KnownLogin::check, "b");
  directory.clock().advance(1s);
  add(KnownLogin::check, "a");
  directory.clock().advance(1s);
  add(KnownLogin::check, "c");
  directory.clock().advance(1s);
  known().add(KnownLogin::check, "b");  // not written: the destructor does
  directory.reopen();
  EXPECT_EQ(texts(KnownLogin::check), "acb");
  EXPECT_EQ(texts(KnownLogin::check, 2), "cb");
}

TEST_F(KnownLoginsTest, are_apart_by_kind) {
  add(KnownLogin::check, "c");
  add(KnownLogin::network, "n");
  add(KnownLogin::user, "u");
  EXPECT_EQ(texts(KnownLogin::check), "c");
  EXPECT_EQ(texts(KnownLogin::network), "n");
  EXPECT_EQ(texts(KnownLogin::user), "u");
}

TEST_F(KnownLoginsTest, are_forgotten_after_their_time) {
  add(KnownLogin::check, "c");
  add(KnownLogin::network, "n");
  directory.clock().advance(25h);
  EXPECT_EQ(texts(KnownLogin::check), "");
  EXPECT_EQ(texts(KnownLogin::network), "n");
  forget_old();
  EXPECT_EQ(rows(), 1u);
  directory.clock().advance(14 * 24h);
  forget_old();
  EXPECT_EQ(rows(), 0u);
}

TEST_F(KnownLoginsTest, are_forgotten_page_by_page) {
  for (int i = 0; i < 2500; ++i) known().add(KnownLogin::check, std::to_string(i));
  EXPECT_TRUE(known().write().wait());
  directory.clock().advance(25h);
  add(KnownLogin::check, "x");
  forget_old();
  EXPECT_EQ(rows(), 1u);
}

TEST_F(KnownLoginsTest, that_are_damaged_are_skipped_and_then_forgotten) {
  add(KnownLogin::check, "c");
  kv::Batch batch;
  batch.put(kv::Table::directory, known_key(KnownLogin::check, "d"), "\xff");
  kv::Batch const* const batches[] = {&batch};
  ASSERT_TRUE(directory.rows().write(batches));
  EXPECT_EQ(texts(KnownLogin::check), "c");
  forget_old();
  EXPECT_EQ(rows(), 1u);
}

TEST_F(KnownLoginsTest, that_are_too_long_or_too_many_are_dropped) {
  add(KnownLogin::check, std::string(KnownLogins::kMaxText + 1, 'x'));
  EXPECT_EQ(rows(), 0u);
}

}  // namespace
}  // namespace yubin::directory
