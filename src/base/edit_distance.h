// How far a name is from the one that was meant.
#pragma once

#include <cstddef>
#include <string_view>

namespace yubin {

// Bytes to insert, remove, replace or swap with their neighbour to come from one to the other. Takes the product of
// both lengths in time, so callers limit them.
std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace yubin
