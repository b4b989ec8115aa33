// The bare group-commit loop: the bound that a durable store on this disk can reach. Writers hand whole messages to one
// thread; it appends all that wait to one file, syncs once, and lets the writers go on. Nothing is parsed, indexed or
// counted.
#pragma once

#include <cstdint>
#include <filesystem>

#include "bench/measure.h"

namespace yubin::bench {

struct Rate {
  std::uint64_t messages = 0;
  double seconds = 0;
  double cpu = 0;
  std::uint64_t written_bytes = 0;
  Latencies latencies;
  double per_second() const { return static_cast<double>(messages) / seconds; }
};

// Each of `writers` has one message of `size` bytes under way at a time. Ends after `messages`. Throws what the disk
// says.
Rate run_group_commit(std::filesystem::path const& directory, std::size_t size, unsigned writers,
                      std::uint64_t messages);

}  // namespace yubin::bench
