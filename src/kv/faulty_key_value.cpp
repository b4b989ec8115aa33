#include "kv/faulty_key_value.h"

namespace yubin::kv {

Result<std::optional<std::string>> FaultyKeyValue::get(Table table, std::string_view key) const {
  if (failing_ == Failing::writes) return inner_.get(table, key);
  return with_faults(faults_, [&] { return inner_.get(table, key); });
}

Result<std::vector<std::optional<std::string>>> FaultyKeyValue::multi_get(Table table,
                                                                          std::span<std::string const> keys) const {
  if (failing_ == Failing::writes) return inner_.multi_get(table, keys);
  return with_faults(faults_, [&] { return inner_.multi_get(table, keys); });
}

Result<Page> FaultyKeyValue::scan(Table table, Range const& range, Limit limit) const {
  if (failing_ == Failing::writes) return inner_.scan(table, range, limit);
  return with_faults(faults_, [&] { return inner_.scan(table, range, limit); });
}

Result<std::vector<Result<>>> FaultyKeyValue::write(std::span<Batch const* const> batches) {
  return with_faults(faults_, [&] { return inner_.write(batches); });
}

}  // namespace yubin::kv
