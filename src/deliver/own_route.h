// Where mail for an address goes, with what the server reads itself.
#pragma once

#include "base/result.h"
#include "directory/directory.h"

namespace yubin::deliver {

// As directory::Directory::route(). What the server reads itself (`is_own`) leads to kv::kServerAccount, and to whom
// has the address besides, as an account or an alias: a catch-all has not. Reads the store.
Result<directory::Route> route_with_own(directory::Directory const& directory, mime::Address const& address,
                                        bool is_own);

}  // namespace yubin::deliver
