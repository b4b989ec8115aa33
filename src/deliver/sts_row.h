// A domain's MTA-STS policy as it is kept in Table::queue, so that it holds after a restart too.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "deliver/sts_policy.h"
#include "kv/types.h"

namespace yubin::deliver {

struct StsRow {
  std::string id;  // of the policy, as the domain's TXT record had it
  StsPolicy policy;
  std::int64_t fetched = 0;  // seconds since 1970; the policy is good for max_age from then on

  bool is_over(std::int64_t now) const { return now - fetched > policy.max_age.count(); }

  friend bool operator==(StsRow const&, StsRow const&) = default;
};

std::string sts_key(std::string_view domain);
std::string sts_domain(std::string_view key);
kv::Range sts_range();  // all
std::string encode_sts(StsRow const& row);
Result<StsRow> decode_sts(std::string_view value);  // Errc::corrupt

}  // namespace yubin::deliver
