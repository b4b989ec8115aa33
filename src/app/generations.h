// The numbers of what has been set for the services, one for each start and reload. Kept in the store and never used
// twice, so that an entry of the journal names the settings that decided, also after restarts. Row: Table::server, key
// "generation"; value: version 01, varint: the last number. No row: 0.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "kv/committer.h"
#include "kv/key_value.h"

namespace yubin::app {

// The next number, once it is noted. Blocks for a sync; one call at a time. Errors: those of the engine, corrupt.
Result<std::uint64_t> next_generation(kv::KeyValue const& rows, kv::Committer& committer);

}  // namespace yubin::app
