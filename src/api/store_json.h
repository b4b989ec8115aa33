// What is said of the store, as JSON: by the API, and by the command line when no server runs.
#pragma once

#include <boost/json/object.hpp>
#include <span>
#include <string>
#include <vector>

#include "store/stat.h"
#include "store/verification.h"

namespace yubin::api {

boost::json::object to_json(store::Stat const& stat);
boost::json::object to_json(store::Verified const& verified);

// {"account": 1, "references": ["…"]}, as to_json() above lists what is damaged.
struct RepairRequest {
  store::AccountId account;
  std::vector<store::BodyRefKey> references;
};
Result<RepairRequest> parse_repair_request(std::string_view body);
boost::json::object repaired_json(std::span<std::string const> done);

}  // namespace yubin::api
