// The DKIM-Signature field (RFC 6376 section 3.5), and its like, ARC-Message-Signature (RFC 8617 section 4.1.2).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "policy/canonical.h"
#include "policy/public_key.h"
#include "policy/tag_list.h"

namespace yubin::policy {

// a=; rsa-sha1 is known, and worth nothing (RFC 8301 section 3.1).
struct SigningAlgorithm {
  KeyType key = KeyType::rsa;
  Hash hash = Hash::sha256;
  friend bool operator==(SigningAlgorithm const&, SigningAlgorithm const&) = default;
};
std::string to_string(SigningAlgorithm algorithm);
std::optional<SigningAlgorithm> parse_algorithm(std::string_view text);

// What is hashed of a body.
struct BodyRecipe {
  Canonicalization form = Canonicalization::simple;
  Hash hash = Hash::sha256;
  std::optional<std::uint64_t> length;  // l=: no more than so many bytes of the canonical body
  friend auto operator<=>(BodyRecipe const&, BodyRecipe const&) = default;
};

struct DkimSignature {
  SigningAlgorithm algorithm;
  std::string signature;  // b=, decoded
  std::string body_hash;  // bh=, decoded
  Canonicalization header_form = Canonicalization::simple;
  BodyRecipe body;
  std::string domain;                   // d=, in A-labels
  std::string selector;                 // s=
  std::string identity;                 // i=; "@" and the domain if not given
  std::vector<std::string> fields;      // h=, in lower case
  std::optional<std::int64_t> time;     // t=, seconds since 1970
  std::optional<std::int64_t> expires;  // x=
};

// Those of a signature of one's own have v=1 and an i=; ARC's have neither (RFC 8617 section 4.1.2).
enum class SignatureKind { dkim, arc_message };

// What is wrong, in the terms of RFC 6376 section 6.1.1.
enum class SignatureFault {
  syntax,       // it cannot be read
  unsupported,  // it can, but asks for what we do not have, or what is not permitted
};
struct SignatureError {
  SignatureFault fault;
  std::string detail;
};

// `value` is the field's, folded or not.
std::expected<DkimSignature, SignatureError> parse_signature(std::string_view value, SignatureKind kind);

// The field without the value of its b= tag (RFC 6376 section 3.7), as it was otherwise.
std::string without_signature(std::string_view raw_field);

}  // namespace yubin::policy
