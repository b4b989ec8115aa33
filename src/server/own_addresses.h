// Addresses in each of our domains whose mail the server reads itself.
#pragma once

#include <optional>
#include <string_view>

#include "deliver/own_mail.h"

namespace yubin::server {

// What the server does with mail for this local-part, in lower case (deliver/own_mail.h); none: it is not one of these.
inline std::optional<std::string_view> purpose_of(std::string_view folded_local_part) {
  if (folded_local_part == "dmarc-reports" || folded_local_part == "tls-reports") return deliver::kForReports;
  return std::nullopt;
}

}  // namespace yubin::server
