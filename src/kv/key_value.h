// The first storage seam: ordered keys with atomic, durable batches. No snapshot, no merge operator, no iterator that
// is held: so it fits an embedded engine as well as a replicated SQL database.
//
// Engines: RocksKeyValue (rocks_key_value.h), MemoryKeyValue, and FaultyKeyValue around any of them.
// The contract is the test suite key_value_contract.h, run against each.
#pragma once

#include <span>
#include <vector>

#include "base/result.h"
#include "kv/types.h"

namespace yubin::kv {

class KeyValue {
 public:
  virtual ~KeyValue() = default;

  // Reads see every batch whose write() has returned, and of a batch being written all or nothing of each single key.
  // Any thread. Errors: temporary (disk), corrupt (a checksum does not match).
  virtual Result<std::optional<std::string>> get(Table table, std::string_view key) const = 0;
  // One answer a key, in the keys' order.
  virtual Result<std::vector<std::optional<std::string>>> multi_get(Table table,
                                                                    std::span<std::string const> keys) const = 0;
  // Rows in key order; `next` is set exactly when the range has more rows. A page is no snapshot: rows changed between
  // two pages are seen as they are then.
  virtual Result<Page> scan(Table table, Range const& range, Limit limit) const = 0;

  // Writes the batches in order and makes them durable with one sync. One thread at a time (the committer).
  // A result each: nothing, conflict when a precondition did not hold, or limit when check_limits() refused it (that
  // batch left no trace, the others count).
  // An Error for the whole: none of them may be counted on, each may be seen or not after a restart.
  virtual Result<std::vector<Result<>>> write(std::span<Batch const* const> batches) = 0;
};

}  // namespace yubin::kv
