#include "kv/memory_key_value.h"

#include <mutex>

#include "kv/page_builder.h"

namespace yubin::kv {

std::optional<std::string> MemoryKeyValue::find(Table table, std::string_view key) const {
  auto row = rows(table).find(key);
  if (row == rows(table).end()) return std::nullopt;
  return row->second;
}

Result<std::optional<std::string>> MemoryKeyValue::get(Table table, std::string_view key) const {
  std::shared_lock lock(mutex_);
  return find(table, key);
}

Result<std::vector<std::optional<std::string>>> MemoryKeyValue::multi_get(Table table,
                                                                          std::span<std::string const> keys) const {
  std::shared_lock lock(mutex_);
  std::vector<std::optional<std::string>> values;
  values.reserve(keys.size());
  for (auto const& key : keys) values.push_back(find(table, key));
  return values;
}

Result<Page> MemoryKeyValue::scan(Table table, Range const& range, Limit limit) const {
  std::shared_lock lock(mutex_);
  PageBuilder page(limit);
  for (auto row = rows(table).lower_bound(range.from); row != rows(table).end(); ++row) {
    if (!range.to.empty() && row->first >= range.to) break;
    if (!page.add(row->first, row->second)) break;
  }
  return page.take();
}

void MemoryKeyValue::apply(Batch::Operation const& operation) {
  if (auto const* put = std::get_if<Batch::Put>(&operation)) {
    rows(put->table).insert_or_assign(put->key, put->value);
  } else if (auto const* erase = std::get_if<Batch::Erase>(&operation)) {
    rows(erase->table).erase(erase->key);
  } else {
    auto const& [table, range] = std::get<Batch::EraseRange>(operation);
    if (range.to <= range.from) return;
    rows(table).erase(rows(table).lower_bound(range.from), rows(table).lower_bound(range.to));
  }
}

Result<> MemoryKeyValue::write_one(Batch const& batch) {
  TRY_VOID(check_limits(batch));
  for (auto const& required : batch.preconditions()) {
    if (find(required.table, required.key) != required.value) return fail(Errc::conflict, "a row has changed");
  }
  for (auto const& operation : batch.operations()) apply(operation);
  return {};
}

Result<std::vector<Result<>>> MemoryKeyValue::write(std::span<Batch const* const> batches) {
  std::unique_lock lock(mutex_);
  if (sync_fails_ && !synced_) synced_ = tables_;
  std::vector<Result<>> results;
  results.reserve(batches.size());
  for (auto const* batch : batches) results.push_back(write_one(*batch));
  if (sync_fails_) return fail(Errc::temporary, "the sync failed");
  synced_.reset();
  return results;
}

void MemoryKeyValue::fail_sync(bool fails) {
  std::unique_lock lock(mutex_);
  sync_fails_ = fails;
}

void MemoryKeyValue::lose_unsynced() {
  std::unique_lock lock(mutex_);
  if (synced_) tables_ = std::move(*synced_);
  synced_.reset();
}

}  // namespace yubin::kv
