// Messages into the store by many writers: the path of a delivery from the first byte of the body to the sync, without
// a protocol before it.
#pragma once

#include <cstdint>

#include "bench/group_commit.h"
#include "bench/store_world.h"

namespace yubin::bench {

// Each of `writers` has one message of `size` bytes under way at a time, for one account in turn. Throws the first
// failure.
Rate run_deliveries(StoreWorld& world, std::size_t size, unsigned writers, std::uint64_t messages);

}  // namespace yubin::bench
