// Signing: the DKIM-Signature field of a message that leaves (RFC 6376 sections 3.5 and 5, RFC 8463), and the record by
// which others verify it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "policy/message_reader.h"
#include "policy/private_key.h"

namespace yubin::policy {

// What all our signatures hash of a body; MessageReader::want() it before the message is fed.
inline BodyRecipe const kSignedBody{.form = Canonicalization::relaxed, .hash = Hash::sha256, .length = {}};

struct Signer {
  std::string domain;    // d=, in A-labels
  std::string selector;  // s=
};

// Seconds since 1970; x= is after t=.
struct SigningTimes {
  std::int64_t time;
  std::int64_t expires;
};

// The names for h=: each as often as the field is there, and those that programs act on once more, so that no further
// one can be added on the way (RFC 6376 section 5.4.2). Trace fields are left out (section 5.4.1).
std::vector<std::string> fields_to_sign(mime::HeaderSection const& header);

// The field with its line end, folded, to be put before the message. `message` is finished and has kSignedBody; it is
// the message as it goes out, since what is recoded later breaks the signature (section 5.3). Errors: limit (the header
// section is too large to be read), internal.
Result<std::string> sign_message(MessageReader const& message, Signer const& signer, PrivateKey const& key,
                                 SigningTimes times);

// Tags of such a field, folded before they are too long: " h=from:to", without what follows.
std::string folded_tag(std::string_view tag, std::vector<std::string> const& pieces, std::string_view separator);
std::string folded_base64_tag(std::string_view tag, std::string_view bytes);

// The text of the TXT record at SELECTOR._domainkey.DOMAIN (section 3.6.1; RFC 8463 section 4). No bytes: the key is
// revoked.
std::string key_record(KeyType type, std::string_view public_bytes);

}  // namespace yubin::policy
