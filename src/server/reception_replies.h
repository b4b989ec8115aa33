// Replies that several parts of Reception give. Internal to server/.
#pragma once

#include <fmt/format.h>

#include <string>

#include "smtp/reply.h"

namespace yubin::server {

inline smtp::Reply try_again() {
  return {451, {4, 3, 0}, "Not possible at the moment, please try again later"};
}

// For the journal: without what other lines say.
inline std::string text_of(smtp::Reply const& reply) {
  return fmt::format("{} {}", reply.code(), reply.lines().front());
}

}  // namespace yubin::server
