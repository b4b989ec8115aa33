// Sealing: the three fields that a server adds to a message that it passes on, so that the next one can trust what this
// one saw (RFC 8617 section 5.1).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "policy/arc_set.h"
#include "policy/dkim_sign.h"

namespace yubin::policy {

struct SealRequest {
  Signer signer;
  PrivateKey const& key;
  ChainStatus status = ChainStatus::none;  // of the chain as it came (ArcCheck)
  std::string results;                     // the value of our Authentication-Results field, with our id
  std::int64_t time = 0;                   // seconds since 1970
};

// The fields with their line ends, to be put before the message, which is finished, has kSignedBody and goes out as it
// is. Empty: nothing is to be added, since the chain is broken already (cv=fail), cannot be read, or is full. Errors:
// limit (the header section is too large to be read), internal.
Result<std::string> seal_message(MessageReader const& message, SealRequest const& request);

}  // namespace yubin::policy
