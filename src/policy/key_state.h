// What becomes of a domain's signing keys: made, seen in the DNS, in use, replaced, revoked. Values in, values out.
//
// A pair of keys (RSA, Ed25519) is made together and published by the domain's people. Each signs from when its record
// is seen, and the one before it of its kind signs no more from then on; its record stays for a grace, for mail that is
// on the way. An active key whose record is gone waits again: a signature that nobody can verify is worth less than
// none.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "directory/signing_keys.h"
#include "policy/lookup.h"
#include "policy/public_key.h"

namespace yubin::policy {

using SigningKeyRow = directory::SigningKey;

KeyType type_of(SigningKeyRow::Kind kind);
std::string_view to_string(SigningKeyRow::State state);  // "waiting", "active", "retired", "revoked"

// Of the next pair: "y2026a", then "y2026b", … "y2026z", "y2026aa". The pair's selectors end in "-rsa" and "-ed". Never
// one that is there, and none before one that is there.
std::string next_selector(std::vector<SigningKeyRow> const& keys, std::int64_t now);

// The TXT record to publish: its name without a final dot, and its text; of a revoked key without p=.
struct KeyRecord {
  std::string name;
  std::string text;
};
KeyRecord record_of(SigningKeyRow const& key);

// What the DNS says of a key's record.
struct Sighting {
  enum class Kind {
    good,     // as it should be
    bad,      // missing, another one, or still there though revoked
    unknown,  // no answer for now
  };
  std::string selector;
  Kind kind = Kind::unknown;
  std::string words{};  // why it is not good
};
Sighting sighting_of(SigningKeyRow const& key, Answer const& answer);

// Switches keys by what was seen. `lost`: selectors of keys that cannot be opened, so they do not come back.
void apply(std::vector<Sighting> const& sightings, std::vector<SigningKeyRow>& keys, std::int64_t now,
           std::set<std::string> const& lost = {});

// How long things last, in seconds.
struct KeyAges {
  std::int64_t grace;                                  // from retired to revoked
  std::int64_t remembered = std::int64_t{90} * 86400;  // of what was revoked, once its record is gone
};
// Revokes what is retired for long enough, forgets what is revoked for long.
void grow_old(KeyAges const& ages, std::vector<SigningKeyRow>& keys, std::int64_t now);
// When it is time to look at the key's record again.
std::int64_t next_look(SigningKeyRow const& key, std::int64_t now);

}  // namespace yubin::policy
