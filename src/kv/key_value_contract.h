// The contract of KeyValue as a test suite; each engine's tests instantiate it with a factory:
//
//   INSTANTIATE_TEST_SUITE_P(memory, KeyValueContract, testing::Values(memory_factory));
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "kv/key_value.h"

namespace yubin::kv {

// An engine and what it stands on.
class KeyValueUnderTest {
 public:
  virtual ~KeyValueUnderTest() = default;
  virtual KeyValue& engine() = 0;
  // Ends the engine and starts it again on what it stored; engine() is another one then.
  virtual void reopen() = 0;
};
using KeyValueFactory = std::function<std::unique_ptr<KeyValueUnderTest>()>;

class KeyValueContract : public testing::TestWithParam<KeyValueFactory> {
 protected:
  KeyValueContract() : under_test_(GetParam()()) {}

  KeyValue& engine() { return under_test_->engine(); }
  void reopen() { under_test_->reopen(); }

  // Writes them as one call; the result of each.
  std::vector<Result<>> write(std::initializer_list<Batch> batches);
  void put(Table table, std::string key, std::string value);
  std::optional<std::string> get(Table table, std::string_view key);
  // All rows of a range as "key=value", page by page.
  std::vector<std::string> rows(Table table, Range const& range, Limit limit = {});

 private:
  std::unique_ptr<KeyValueUnderTest> under_test_;
};

}  // namespace yubin::kv
