// The keys that a domain's mail is signed with (DKIM), as rows: public parts as they are, private parts as somebody
// sealed them, in whom this folder has no part. What the states lead to is policy's to say (policy/key_ring.h).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "kv/changer.h"
#include "mime/address.h"

namespace yubin::directory {

inline constexpr std::size_t kMaxSigningKeys = 100;  // of one domain
// In the folder of the store: what private parts are sealed with.
inline constexpr std::string_view kSigningKeyFile = "signing.key";

struct SigningKey {
  enum class Kind : std::uint8_t { rsa = 1, ed25519 = 2 };
  enum class State : std::uint8_t {
    waiting = 1,  // until its record is seen in the DNS; signs nothing
    active = 2,   // signs
    retired = 3,  // signs no more; its record must stay, since mail that it has signed is on the way
    revoked = 4,  // its record is to go; the private part is gone
  };

  mime::Domain domain;
  std::string selector;  // one of a kind in the domain, also among those that were revoked
  Kind kind = Kind::rsa;
  State state = State::waiting;
  std::int64_t created = 0;  // seconds since 1970
  std::int64_t since = 0;    // when it came into this state
  std::int64_t checked = 0;  // when the DNS was asked for its record and answered; 0: never
  std::string found{};       // what is not as it should be there, in words; empty: nothing
  std::string public_part{};
  std::string private_part{};  // sealed; empty: it is gone
  friend bool operator==(SigningKey const&, SigningKey const&) = default;
};

// Reading sees committed state and belongs on the storage pool; changes are durable when their ticket is done. Any
// thread. Keys go with their domain: Directory::remove_domain().
class SigningKeys {
 public:
  // Both outlive this.
  SigningKeys(kv::KeyValue const& key_value, kv::Changer& changer) : key_value_(key_value), changer_(changer) {}

  // In the order of their selectors.
  Result<std::vector<SigningKey>> of(mime::Domain const& domain) const;

  // `edit` changes, adds or removes keys of the domain, within the change (and maybe twice); the keys as they are then.
  // Errors: those of `edit`; not_found (the domain), limit (keys).
  using Edit = std::function<Result<>(std::vector<SigningKey>&)>;
  kv::Ticket<std::vector<SigningKey>> change(mime::Domain domain, Edit edit);

 private:
  kv::KeyValue const& key_value_;
  kv::Changer& changer_;
};

}  // namespace yubin::directory
