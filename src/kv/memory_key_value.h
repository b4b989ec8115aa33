// MemoryKeyValue: the key-value engine in memory, for tests and for what need not outlive the process.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <shared_mutex>
#include <string>

#include "kv/key_value.h"

namespace yubin::kv {

class MemoryKeyValue final : public KeyValue {
 public:
  Result<std::optional<std::string>> get(Table table, std::string_view key) const override;
  Result<std::vector<std::optional<std::string>>> multi_get(Table table,
                                                            std::span<std::string const> keys) const override;
  Result<Page> scan(Table table, Range const& range, Limit limit) const override;
  Result<std::vector<Result<>>> write(std::span<Batch const* const> batches) override;

  // While the sync fails, write() answers `temporary` though readers see what it wrote; a later write() that is synced
  // makes that durable too. Any thread.
  void fail_sync(bool fails);
  // As a loss of power: everything that was written since the last good sync is gone. Any thread.
  void lose_unsynced();

 private:
  using Rows = std::map<std::string, std::string, std::less<>>;
  using Tables = std::array<Rows, kTableCount>;

  std::optional<std::string> find(Table table, std::string_view key) const;
  Result<> write_one(Batch const& batch);
  void apply(Batch::Operation const& operation);
  Rows& rows(Table table) { return tables_[static_cast<std::size_t>(table)]; }
  Rows const& rows(Table table) const { return tables_[static_cast<std::size_t>(table)]; }

  mutable std::shared_mutex mutex_;
  Tables tables_;
  std::optional<Tables> synced_;  // none: all that is in tables_
  bool sync_fails_ = false;
};

}  // namespace yubin::kv
