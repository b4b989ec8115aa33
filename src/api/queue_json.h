// Messages of the queue as JSON.
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "queue/outgoing.h"

namespace yubin::api {

boost::json::object to_json(queue::Outgoing::Listed const& message);
boost::json::object to_json(queue::Alarm const& alarm);

// As UTF-8, whatever the bytes are: JSON holds nothing else.
std::string clean_text(std::string text);

}  // namespace yubin::api
