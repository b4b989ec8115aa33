// What a login can be bound to, so that it is worth nothing over another connection (RFC 5056). tls/ makes it, auth/
// uses it, and neither knows the other.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace yubin {

struct ChannelBinding {
  std::string_view type;  // as IANA registered it: "tls-exporter"
  std::string data;
};

// Of one connection, empty in clear. A type stands there twice if the connection has two such.
using ChannelBindings = std::vector<ChannelBinding>;

}  // namespace yubin
