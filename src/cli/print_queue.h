// The queue as people read it.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <map>
#include <string>

#include "base/result.h"
#include "cli/cli.h"

namespace yubin::cli {

// At most `limit` messages, the oldest first, page after page. `fields` are those of GET /api/v1/queue.
Result<boost::json::array> queued_messages(Context const& context, std::map<std::string, std::string> fields,
                                           std::size_t limit);

void print_queue(boost::json::array const& messages);
void print_queued(boost::json::object const& message);

}  // namespace yubin::cli
