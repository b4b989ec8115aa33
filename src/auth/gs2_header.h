// What SCRAM and OAUTHBEARER begin their first message with (RFC 5801 section 4).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace yubin::auth {

struct Gs2Header {
  std::string flag;     // "n", "y", "p=…", or anything else
  std::string authzid;  // whom to act as, or empty
};

// gs2-header = gs2-cbind-flag "," [ "a=" saslname ] ","; nothing: it is none. The flag is for the caller to judge.
std::optional<Gs2Header> gs2_header(std::string_view header);
// As much of `message` as the header would be, with its commas; empty: there is none.
std::string_view gs2_header_of(std::string_view message);
// saslname = 1*(value-safe-char / "=2C" / "=3D"), undone.
std::optional<std::string> saslname(std::string_view text);
// The same done, for what we say ourselves.
std::string to_saslname(std::string_view name);

}  // namespace yubin::auth
