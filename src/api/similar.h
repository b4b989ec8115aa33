// "Did you mean …?": the name that is nearest to one that does not exist.
#pragma once

#include <string>
#include <string_view>

#include "directory/directory.h"

namespace yubin::api {

// Of the first ten thousand accounts and aliases and of all domains; empty if none is near. On the storage pool.
std::string find_similar_name(directory::Directory const& directory, std::string_view wanted);

}  // namespace yubin::api
