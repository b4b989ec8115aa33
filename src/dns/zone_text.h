// Records as they stand in a zone file (RFC 1035 section 5.1).
#pragma once

#include <string>
#include <string_view>

#include "dns/resolver.h"

namespace yubin::dns {

// The character-strings of a TXT record, in quotes, each of at most 255 bytes.
std::string txt_strings(std::string_view text);
// The data of a record; names end in a dot.
std::string rdata_text(Record const& record);

}  // namespace yubin::dns
