// What a domain says with MTA-STS (RFC 8461) about the hosts that take its mail, and about their TLS.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dns/resolver.h"

namespace yubin::deliver {

struct StsPolicy {
  enum class Mode {
    none,     // the domain has no policy (any more)
    testing,  // failures are reported, and no mail is kept for them
    enforce,  // no mail to other hosts, none without a certificate that an authority vouches for
  };
  Mode mode = Mode::none;
  std::vector<std::string> mx;  // patterns in lower case: "mx.example.org", "*.example.org"
  std::chrono::seconds max_age{0};

  // Section 4.1: a wildcard stands for the leftmost label alone. `host` in lower case, without the final dot.
  bool names(std::string_view host) const;

  friend bool operator==(StsPolicy const&, StsPolicy const&) = default;
};
std::string_view to_string(StsPolicy::Mode mode);

// Section 3.2. Lines end in LF or CR LF; fields that we do not know are passed over. Errors: syntax, in words.
Result<StsPolicy> parse_sts_policy(std::string_view text);
// As it may be parsed again.
std::string print_sts_policy(StsPolicy const& policy);

// Section 3.1: the id in the answer to the question for the TXT records of _mta-sts.DOMAIN. None: there is no policy,
// or more than one record, which counts as none.
std::optional<std::string> sts_id(dns::Answer const& txt);

}  // namespace yubin::deliver
