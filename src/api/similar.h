// "Did you mean …?": the name that is nearest to one that does not exist.
#pragma once

#include <string>
#include <string_view>

#include "directory/directory.h"

namespace yubin::api {

// How many letters must be changed, added, left out or exchanged with their neighbour to make `b` of `a`.
std::size_t distance(std::string_view a, std::string_view b);

// Of the first ten thousand accounts and aliases and of all domains; empty if none is near. On the storage pool.
std::string find_similar_name(directory::Directory const& directory, std::string_view wanted);

}  // namespace yubin::api
