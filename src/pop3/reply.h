// What a command answers (RFC 1939 section 3, RFC 2449 section 8, RFC 3206).
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace yubin::pop3 {

struct Reply {
  enum class Status {
    ok,
    err,
    told,  // the handler has put a multi-line response, or its begin before the connection had to be cut off
  };
  Status status = Status::ok;
  std::string code{};  // of RFC 2449 section 8: "AUTH"; only with err
  std::string text{};
};

Reply ok(std::string text);
Reply err(std::string text);
Reply err(std::string code, std::string text);
Reply told();
// What a client hears of a failure of the world: chosen from the error's code (RFC 3206 section 4).
Reply failure(Error const& error);

void put(std::string& out, Reply const& reply);

}  // namespace yubin::pop3
