// Domain names as the checks compare and ask for them: lower case, A-labels, without the final dot.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace yubin::policy {

// Fit for a question to the DNS (RFC 1035 section 2.3.4): labels of 1 to 63 printable bytes, together at most 253. One
// final dot is taken.
bool is_query_name(std::string_view name);

// The same with at least two labels; U-labels become A-labels (RFC 5890 section 2.3.2.1). Empty: it is none, or an
// address literal.
std::optional<std::string> to_query_name(std::string_view name);

// The selector of a key of `domain`, s= of DKIM and ARC, in lower case; U-labels become A-labels (RFC 8616 section 5).
// Empty: no key can be at such a name.
std::optional<std::string> to_selector(std::string_view name, std::string_view domain);

// Is `name` the domain itself or below it? Without ASCII case.
bool is_within(std::string_view name, std::string_view domain);

std::size_t label_count(std::string_view name);
// The right-most labels; all of the name if it has no more.
std::string_view last_labels(std::string_view name, std::size_t count);

}  // namespace yubin::policy
