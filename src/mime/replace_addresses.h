// Other addresses in a header field, with all else as it was: names, comments, folding, order.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "mime/address.h"

namespace yubin::mime {

// What stands in for an address; none: it stays as it is, to the byte.
using ReplaceAddress = std::function<std::optional<Address>(Address const&)>;

// `value`: of a field with addresses (RFC 5322 sections 3.6.2 and 3.6.3), folded or not. What stands in comments,
// quoted names or Japanese in ISO-2022-JP is no address. Linear.
std::string replace_addresses(std::string_view value, ReplaceAddress const& replace);

}  // namespace yubin::mime
