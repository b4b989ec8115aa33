// The data of a record as it comes over the wire (RFC 1035 section 3.3), names without compression.
#pragma once

#include <optional>
#include <string_view>

#include "dns/resolver.h"

namespace yubin::dns {

// The number of a type (RFC 1035 section 3.2.2, RFC 2782, RFC 3596 section 2.1, RFC 6698 section 7.1).
std::uint16_t type_number(RecordType type);

// Empty: it has not the form that its type has, or a name in it is none that name.h takes.
std::optional<Record> parse_rdata(RecordType type, std::string_view data);

}  // namespace yubin::dns
