// What a delivery costs, counted: calls below everything, and allocations of all threads.
#pragma once

#include <filesystem>

namespace yubin::faults {

// Prints a line of JSON for each work on a new store in the folder, with the sums of all its messages:
//
//   {"work": "one of 4096", "messages": 1, "received": 4096, "syncs": 1, "written": 5655, "allocations": 312}
//
// Messages come one after the other. The first ones also make segments. Work with many ends when the rows that are in
// memory and in the log have been written into tables. 0, or 1 if a delivery was refused.
int print_costs(std::filesystem::path const& folder);

}  // namespace yubin::faults
