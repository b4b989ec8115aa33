// FaultyKeyValue: an engine around another that fails where its Faults say.
#pragma once

#include "kv/faults.h"
#include "kv/key_value.h"

namespace yubin::kv {

class FaultyKeyValue final : public KeyValue {
 public:
  enum class Failing { any_call, writes };

  // Both outlive this. Calls that cannot fail are not counted.
  FaultyKeyValue(KeyValue& inner, Faults& faults, Failing failing = Failing::any_call)
      : inner_(inner), faults_(faults), failing_(failing) {}

  Result<std::optional<std::string>> get(Table table, std::string_view key) const override;
  Result<std::vector<std::optional<std::string>>> multi_get(Table table,
                                                            std::span<std::string const> keys) const override;
  Result<Page> scan(Table table, Range const& range, Limit limit) const override;
  Result<std::vector<Result<>>> write(std::span<Batch const* const> batches) override;

 private:
  KeyValue& inner_;
  Faults& faults_;
  Failing const failing_;
};

}  // namespace yubin::kv
