// Whose message is it? The domain in the field From, which is what people see and what DMARC protects (RFC 9989 section
// 5.3.1, RFC 7489 section 6.6.1).
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "mime/header.h"

namespace yubin::policy {

struct Author {
  // More domains than this are a problem, not an author.
  static constexpr std::size_t kMaxDomains = 4;

  std::vector<std::string> domains;  // in A-labels, each once; several if the field names authors of several domains
  std::string problem;               // if there is none: why nobody can be vouched for
};

// Read as mail programs read it, and stricter where they differ: two fields, a group without a mailbox, an address that
// is none, a NUL.
Author author_of(mime::HeaderSection const& header);

}  // namespace yubin::policy
