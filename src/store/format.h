// The format of a store as a whole: one number, raised when an older program could no longer read what a newer writes.
//
//   1   the first
//   2   the journal has an index (older entries get theirs in the background)
//   3   messages have threads (each older one is its own)
//
// Rows carry versions of their own, so nothing is converted at once: old rows are read, and written anew in the newest
// form when they change. Row: Table::server, key "format"; value: version 01, varint. No row: 1.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "kv/key_value.h"

namespace yubin::store {

inline constexpr std::uint64_t kFormat = 3;

// Errors: conflict, in one sentence, when a later version has written the store; those of the engine.
Result<> check_format(kv::KeyValue const& rows);
// Before anything else is written: from now on an older program refuses the store.
Result<> claim_format(kv::KeyValue& rows);

}  // namespace yubin::store
