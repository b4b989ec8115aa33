#include "base/task.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <vector>

namespace yubin {

namespace {

// Plain numbers: what an optimiser takes apart and keeps outside the coroutine's frame while it can.
using Numbers = std::vector<std::uint64_t>;

std::shared_ptr<std::size_t> count(Numbers const numbers, bool exhausted) {
  if (exhausted) throw std::bad_alloc();
  return std::make_shared<std::size_t>(numbers.size());
}

Task<std::string> line(std::shared_ptr<std::size_t> length) {
  co_return std::string(*length, 'x');
}

// Its parameter is moved away before it waits for the first time, or throws.
Task<std::string> lines(Numbers numbers, bool exhausted) {
  if (numbers.empty()) co_return "nothing";
  auto const length = count(std::move(numbers), exhausted);
  std::string const first = co_await line(length);
  if (first == "x") co_return first;
  std::string const second = co_await line(length);
  co_return first + second;
}

Task<std::string> outermost(Numbers numbers, bool exhausted) {
  co_return co_await lines(std::move(numbers), exhausted);
}

TEST(Task, GoesThroughToItsValue) {
  auto task = outermost({1, 2}, false);
  task.start().resume();
  ASSERT_TRUE(task.done());
  EXPECT_EQ(task.take(), "xxxx");
}

// The sanitizer sees what is destroyed twice, or never was.
TEST(Task, WhatItThrowsComesOutWhereItsValueIsTaken) {
  auto task = outermost({1, 2}, true);
  task.start().resume();
  ASSERT_TRUE(task.done());
  EXPECT_THROW(task.take(), std::bad_alloc);
}

}  // namespace

}  // namespace yubin
