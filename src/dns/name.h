// Domain names as they stand in dns::Question: lower case, without the final dot, the root is empty.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace yubin::dns {

// "Mx.Example.ORG." -> "mx.example.org". Empty optional: a label is empty or over 63 bytes, or the name over 253
// (RFC 1035 section 2.3.4), or it has a control.
std::optional<std::string> normal_name(std::string_view text);

// "mx.example.org" -> "example.org"; the root's parent is the root.
std::string_view parent_of(std::string_view name);

}  // namespace yubin::dns
