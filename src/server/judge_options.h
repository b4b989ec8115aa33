// What is asked of mail from other servers.
#pragma once

#include <chrono>

#include "policy/finding.h"

namespace yubin::server {

struct JudgeOptions {
  policy::Mode spf = policy::Mode::observe;    // with iprev
  policy::Mode dkim = policy::Mode::observe;   // with ARC
  policy::Mode dmarc = policy::Mode::observe;  // from what those two find
  // All look-ups of a message together; what is not known then is "temperror". One that is under way is waited for, as
  // long as the resolver's own limit.
  std::chrono::milliseconds patience{15'000};

  bool on() const { return spf != policy::Mode::off || dkim != policy::Mode::off || dmarc != policy::Mode::off; }
};

}  // namespace yubin::server
