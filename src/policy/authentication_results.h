// The field Authentication-Results (RFC 8601): written once for a message that was checked here, and foreign ones that
// claim to be ours recognised.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/arc_check.h"
#include "policy/dkim_check.h"
#include "policy/dmarc_check.h"
#include "policy/iprev_check.h"
#include "policy/spf_check.h"

namespace yubin::policy {

// What was checked; null: it was not.
struct CheckedBy {
  IprevCheck const* iprev = nullptr;
  SpfCheck const* spf = nullptr;
  DkimCheck const* dkim = nullptr;
  ArcCheck const* arc = nullptr;
  DmarcCheck const* dmarc = nullptr;
};

// The whole field, folded, without its last line end. Less than 3 KiB: what does not fit of many signatures is left
// out.
std::string authentication_results(std::string_view authserv_id, CheckedBy const& checks);

// May such a field stay in mail from elsewhere? `start` is the first line of its value. Not if it claims to be from
// `authserv_id`, if it is of another version than 1 (both section 5), or if that cannot be seen yet.
bool may_stay(std::string_view start, std::string_view authserv_id);

}  // namespace yubin::policy
