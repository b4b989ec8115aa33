// The contract of Bodies as a test suite; each engine's tests instantiate it with a factory:
//
//   INSTANTIATE_TEST_SUITE_P(memory, BodiesContract, testing::Values(memory_factory));
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "kv/bodies.h"
#include "kv/key_value.h"

namespace yubin::kv {

// An engine and what it stands on.
class BodiesUnderTest {
 public:
  virtual ~BodiesUnderTest() = default;
  virtual Bodies& bodies() = 0;
  virtual KeyValue& rows() = 0;  // where place rows are put
  // Ends the engine and starts it again on what it stored; bodies() is another one then.
  virtual void reopen() = 0;
};
using BodiesFactory = std::function<std::unique_ptr<BodiesUnderTest>()>;

class BodiesContract : public testing::TestWithParam<BodiesFactory> {
 protected:
  BodiesContract() : under_test_(GetParam()()) {}

  Bodies& bodies() { return under_test_->bodies(); }
  void reopen() { under_test_->reopen(); }

  // Begins, appends in chunks, and seals.
  Ticket<SealedBody> seal(std::string_view bytes, std::size_t chunk = 10'000);
  void place(SealedBody const& body);
  void unplace(BodyRef const& body);
  BodyRef store(std::string_view bytes);  // durable and placed
  std::string read(BodyRef const& body);  // all of it

 private:
  std::unique_ptr<BodiesUnderTest> under_test_;
};

// `size` bytes that repeat nowhere near; another sequence for another seed.
std::string some_bytes(std::size_t size, unsigned seed = 1);

}  // namespace yubin::kv
