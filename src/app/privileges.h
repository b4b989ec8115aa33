// Which system user the server is.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace yubin::app {

bool is_root();
// The machine has a user of this name.
bool user_exists(std::string const& name);

// Becomes `user` with its groups, for good; does nothing when this process is not root or `user` is empty. No
// capability is kept, nothing that is executed gets any, and there will be no core dump: it would hold passwords.
// Before threads are started.
Result<> become(std::string const& user);

// Gives the folder and all that is in it to `user`; does nothing when this process is not root or `user` is empty.
Result<> give_to(std::string const& user, std::filesystem::path const& folder);
// Lets the group of `user` read the file, and nobody else but its owner; as above.
Result<> let_group_read(std::string const& user, std::filesystem::path const& file);

}  // namespace yubin::app
