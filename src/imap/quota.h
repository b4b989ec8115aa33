// QUOTA (RFC 9208): what the commands share. An account has one quota root for all its mailboxes, or none if it may
// hold as much as there is room for.
#pragma once

#include <string_view>

#include "imap/context.h"

namespace yubin::imap {

inline constexpr std::string_view kQuotaRoot = "Account";  // mail programs show it to the user

// Whether the account has the quota root.
bool is_limited(store::Quota const& quota);

// `* QUOTA Account (STORAGE 10 512 MESSAGE 3 100)` (RFC 9208 section 4.2.1): of each limited resource usage and limit.
// STORAGE counts units of 1024 octets (section 5.1): what is used is rounded up, the limit down, so that a quota that
// is used up looks so.
void put_quota(std::string& out, store::Usage const& usage, store::Quota const& quota);

}  // namespace yubin::imap
