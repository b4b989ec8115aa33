// What accounts and their app passwords have in common in JSON.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "directory/settings.h"

namespace yubin::api {

boost::json::array json_of(directory::LoginServices services);
boost::json::array json_of(std::vector<IpNetwork> const& networks);

// The members "services" and "networks"; none if it is missing. Errors: syntax.
Result<std::optional<directory::LoginServices>> find_services(boost::json::object const& object);
Result<std::optional<std::vector<IpNetwork>>> find_networks(boost::json::object const& object);

}  // namespace yubin::api
