// A store to verify: in a folder that no server uses, or that of the running server, asked through its API. Both answer
// with the same JSON.
#pragma once

#include <boost/json/object.hpp>
#include <filesystem>
#include <memory>
#include <string>

#include "base/result.h"
#include "cli/cli.h"

namespace yubin::cli {

class StoreAccess {
 public:
  virtual ~StoreAccess() = default;
  virtual Result<boost::json::object> stat() = 0;
  virtual Result<boost::json::object> verify(std::string const& position, bool quick) = 0;
  virtual Result<boost::json::object> repair(boost::json::object const& damaged) = 0;
};

std::unique_ptr<StoreAccess> running_store(Context const& context);
// Takes the store's lock. Errors: conflict (a server runs there), not_found (no store), corrupt, denied.
Result<std::unique_ptr<StoreAccess>> open_store(std::filesystem::path const& directory);

}  // namespace yubin::cli
