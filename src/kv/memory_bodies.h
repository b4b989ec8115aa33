// MemoryBodies: bodies in memory, for tests. It needs no place rows; those it hands out say only that it holds the
// body.
#pragma once

#include <memory>

#include "kv/bodies.h"

namespace yubin::kv {

class MemoryBodies final : public Bodies {
 public:
  MemoryBodies();
  ~MemoryBodies() override;

  Result<std::unique_ptr<BodyWriter>> begin() override;
  Result<std::string> read(BodyId id, std::uint64_t offset, std::size_t length) const override;
  Result<> drop(BodyId id) override;

  std::size_t count() const;  // bodies held

 private:
  struct State;
  class Writer;
  std::shared_ptr<State> state_;
};

}  // namespace yubin::kv
