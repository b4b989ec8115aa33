// An entry of the journal as the API tells it.
#pragma once

#include <boost/json/object.hpp>

#include "base/result.h"
#include "journal/journal.h"

namespace yubin::cli {

// Errors: syntax, when the answer is not what this program's server says.
Result<journal::Entry> entry_of(boost::json::object const& object);

}  // namespace yubin::cli
