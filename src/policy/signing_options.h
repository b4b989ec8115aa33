// How mail that leaves this server is signed.
#pragma once

#include <chrono>

namespace yubin::policy {

struct SigningOptions {
  bool enabled = true;
  std::chrono::seconds lifetime = std::chrono::days(10);  // x= less t=: longer than mail is on its way
  std::chrono::seconds rotate{0};                         // new keys when those in use are so old; 0: only when told
  std::chrono::seconds grace = std::chrono::days(14);     // an old key's record stays so long; at least the lifetime
  bool seal = false;  // mail of others that an alias leads elsewhere gets a seal (ARC)
};

}  // namespace yubin::policy
