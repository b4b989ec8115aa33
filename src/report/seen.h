// What the judge saw of one message from others, as far as its author's domain may want to know (RFC 9990).
#pragma once

#include <string>
#include <vector>

#include "report/aggregate.h"

namespace yubin::report {

struct Seen {
  PublishedPolicy policy{};
  std::vector<std::string> uris{};  // rua=: who wants to know, as the domain wrote it
  AggregateRecord record;           // its count is 1
};

}  // namespace yubin::report
