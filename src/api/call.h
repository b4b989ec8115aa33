// One request to the admin API on its way to a handler, and how that answers.
#pragma once

#include <functional>
#include <string>

#include "http/message.h"

namespace yubin::api {

// Called once, on any thread, when what the response promises is durable.
using Reply = std::move_only_function<void(http::Response)>;

struct Call {
  std::string parameter;  // what stood for {…} in the path, percent-decoded
  std::string query;      // what stood behind the "?", see query.h
  std::string body;
  std::string peer;  // who asks, for the journal: "uid=0"
};

}  // namespace yubin::api
