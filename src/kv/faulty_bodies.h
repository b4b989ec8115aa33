// FaultyBodies: bodies around another engine that fail where their Faults say; the calls on writers are counted too.
#pragma once

#include "kv/bodies.h"
#include "kv/faults.h"

namespace yubin::kv {

class FaultyBodies final : public Bodies {
 public:
  // Both outlive this and its writers.
  FaultyBodies(Bodies& inner, Faults& faults) : inner_(inner), faults_(faults) {}

  Result<std::unique_ptr<BodyWriter>> begin() override;
  Result<std::string> read(BodyId id, std::uint64_t offset, std::size_t length) const override;
  Result<std::vector<std::optional<std::string>>> read_small(std::span<BodyId const> ids) const override;
  Result<> drop(BodyId id) override;

 private:
  Bodies& inner_;
  Faults& faults_;
};

}  // namespace yubin::kv
