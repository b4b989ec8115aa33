// A domain name in a sentence: as it is if it looks like one, otherwise quoted, since a peer may have sent any bytes.
#pragma once

#include <string>
#include <string_view>

namespace yubin::policy {

std::string shown_name(std::string_view name);

}  // namespace yubin::policy
