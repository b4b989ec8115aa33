#include "kv/types.h"

#include <fmt/format.h>

#include <iterator>

namespace yubin::kv {

namespace {

Result<> check_key(Table table, std::string_view key) {
  if (key.empty()) return fail(Errc::limit, fmt::format("an empty key in table {}", table_name(table)));
  if (key.size() > kMaxKey) {
    return fail(Errc::limit, fmt::format("a key of {} bytes in table {}", key.size(), table_name(table)));
  }
  return {};
}

Result<> check_operation(Batch::Operation const& operation) {
  if (auto const* put = std::get_if<Batch::Put>(&operation)) {
    if (put->value.size() > kMaxValue) {
      return fail(Errc::limit,
                  fmt::format("a value of {} bytes in table {}", put->value.size(), table_name(put->table)));
    }
    return check_key(put->table, put->key);
  }
  if (auto const* erase = std::get_if<Batch::Erase>(&operation)) return check_key(erase->table, erase->key);
  auto const& range = std::get<Batch::EraseRange>(operation);
  TRY_VOID(check_key(range.table, range.range.from));
  return check_key(range.table, range.range.to);
}

}  // namespace

std::string_view table_name(Table table) {
  switch (table) {
    case Table::server:
      return "server";
    case Table::directory:
      return "directory";
    case Table::mail:
      return "mail";
    case Table::body:
      return "body";
    case Table::body_ref:
      return "body_ref";
    case Table::journal:
      return "journal";
    case Table::queue:
      return "queue";
  }
  return "unknown";
}

std::optional<AccountId> account_of(Table table, std::string_view key) {
  switch (table) {
    case Table::server:
    case Table::directory:
      return kServerAccount;
    case Table::mail: {
      auto id = ByteReader(key).u64();
      if (!id) return std::nullopt;
      return AccountId(*id);
    }
    case Table::body:
    case Table::body_ref:
    case Table::journal:
    case Table::queue:
      return std::nullopt;
  }
  return std::nullopt;
}

void Batch::put(Table table, std::string key, std::string value) {
  add(Put{table, std::move(key), std::move(value)});
}

void Batch::erase(Table table, std::string key) {
  add(Erase{table, std::move(key)});
}

void Batch::erase_range(Table table, Range range) {
  add(EraseRange{table, std::move(range)});
}

void Batch::add(Operation operation) {
  if (auto const* put = std::get_if<Put>(&operation)) bytes_ += put->key.size() + put->value.size();
  operations_.push_back(std::move(operation));
}

void Batch::require(Table table, std::string key, std::optional<std::string> value) {
  preconditions_.push_back({table, std::move(key), std::move(value)});
}

void Batch::append(Batch&& other) {
  std::ranges::move(other.operations_, std::back_inserter(operations_));
  std::ranges::move(other.preconditions_, std::back_inserter(preconditions_));
  bytes_ += other.bytes_;
  other = Batch();
}

Result<> check_limits(Batch const& batch) {
  for (auto const& operation : batch.operations()) TRY_VOID(check_operation(operation));
  for (auto const& precondition : batch.preconditions()) TRY_VOID(check_key(precondition.table, precondition.key));
  return {};
}

}  // namespace yubin::kv
