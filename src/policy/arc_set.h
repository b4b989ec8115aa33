// The fields of ARC (RFC 8617 section 4.1), sorted into sets by their i=.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "mime/header.h"
#include "policy/dkim_signature.h"

namespace yubin::policy {

enum class ChainStatus { none, pass, fail };
std::string_view to_string(ChainStatus status);

// ARC-Seal (section 4.1.3).
struct ArcSeal {
  SigningAlgorithm algorithm;
  std::string signature;                   // b=, decoded
  std::string domain;                      // d=
  std::string selector;                    // s=
  ChainStatus status = ChainStatus::none;  // cv=
};

struct ArcSet {
  // Where its fields stand in the header section.
  std::size_t results_place;
  std::size_t message_place;
  std::size_t seal_place;
  DkimSignature message;  // ARC-Message-Signature
  ArcSeal seal;
};

// Section 4.2.1: more than 50 sets are a fault, and so many fields are all that is read.
inline constexpr std::size_t kMaxArcSets = 50;

// By instance, from 1. None: the message has no ARC field at all. Errors: syntax, as section 5.2 step 3 has them: a
// field that cannot be read, an instance that is there twice or incomplete, a gap.
Result<std::vector<ArcSet>> parse_arc_sets(mime::HeaderSection const& header);

}  // namespace yubin::policy
