// How the memory that the administrator gives the server (memory.max) is shared out in this folder. The rest of it is
// for connections, messages being parsed, and the engines' own structures.
#pragma once

#include <algorithm>
#include <cstdint>

#include "kv/rocks_key_value.h"
#include "kv/segment_format.h"

namespace yubin::kv {

inline constexpr std::uint64_t kMinMemory = std::uint64_t{64} << 20;
inline constexpr std::uint64_t kDefaultMemory = std::uint64_t{512} << 20;

struct MemoryPlan {
  std::size_t block_cache;      // a quarter
  std::size_t write_buffers;    // a sixteenth, at most 64 MiB: a start after a crash reads as much
  std::size_t spool_memory;     // of one body on its way in
  std::size_t max_open_bodies;  // all of them together an eighth
};

// Bytes; less than kMinMemory counts as that.
constexpr MemoryPlan plan_memory(std::uint64_t memory_max) {
  constexpr std::uint64_t kMega = 1 << 20;
  std::uint64_t const all = std::max(memory_max, kMinMemory);
  std::uint64_t const spools = all / 8;
  std::uint64_t const spool = std::clamp<std::uint64_t>(spools / 512, kPiece, kMega / 4);
  return {.block_cache = all / 4,
          .write_buffers = std::min(all / 16, 64 * kMega),
          .spool_memory = spool,
          .max_open_bodies = std::min<std::uint64_t>(spools / spool, 4096)};
}

inline RocksKeyValue::Options key_value_options(MemoryPlan const& plan) {
  return {.block_cache_bytes = plan.block_cache, .write_buffer_bytes = plan.write_buffers};
}

}  // namespace yubin::kv
