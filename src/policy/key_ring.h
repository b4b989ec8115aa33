// The keys that mail of our domains is signed with: made when a domain has none, kept sealed in rows, opened to sign,
// replaced. key_state.h says what becomes of a key.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "directory/directory.h"
#include "policy/key_seal.h"
#include "policy/key_state.h"
#include "policy/private_key.h"
#include "policy/signing_options.h"

namespace yubin::policy {

struct OpenedKey {
  std::string selector;
  PrivateKey key;
};
// RSA before Ed25519. They do not change.
using OpenedKeys = std::vector<std::shared_ptr<OpenedKey const>>;

// Reading, and what makes keys, belongs on the storage pool or the upkeep's thread. Any thread.
class KeyRing {
 public:
  using Keys = std::vector<SigningKeyRow>;
  // All outlive this.
  struct Services {
    directory::SigningKeys& rows;
    directory::Directory const& directory;
    Random& random;
    Clock const& clock;
  };
  // `seal_key` is the server's; the error: why there is none, and then nothing is made or opened.
  KeyRing(Services services, Result<Secret> seal_key, SigningOptions options);

  SigningOptions const& options() const { return options_; }
  Result<Keys> of(mime::Domain const& domain) const { return services_.rows.of(domain); }
  // The domain's keys; the first pair is made if it has none. Takes a tenth of a second then. Errors: not_found (the
  // domain), denied (no seal key).
  kv::Ticket<Keys> ensure(mime::Domain const& domain);
  // Makes the next pair, to be published; nothing else changes yet. A kind whose key still waits for its record keeps
  // that one. Errors: as ensure(); conflict, the whole pair before waits.
  kv::Ticket<Keys> rotate(mime::Domain const& domain);
  // What the DNS says (sighting_of()).
  kv::Ticket<Keys> note(mime::Domain const& domain, std::vector<Sighting> sightings);

  // What the domain's mail is signed with now; none: no key of it is seen in the DNS. Mostly from memory. Errors:
  // denied (they were sealed with another server's key), others from the store.
  Result<std::shared_ptr<OpenedKeys const>> active(mime::Domain const& domain);

  // For upkeep: a domain's first pair, its next pair, revocations; blocks. Errors: as ensure().
  Result<> look_after(mime::Domain const& domain);
  // What should be done by the domains' people, in sentences: at most one for a domain, at most 20 in all.
  std::vector<std::string> warnings();

 private:
  static constexpr std::size_t kMostCached = 1000;

  std::int64_t now() const;
  kv::Ticket<Keys> change(mime::Domain const& domain, directory::SigningKeys::Edit edit);
  Result<Keys> make_next(mime::Domain const& domain, Keys const& before) const;
  Result<SigningKeyRow> make(mime::Domain const& domain, std::string selector, SigningKeyRow::Kind kind) const;
  Result<PrivateKey> open(SigningKeyRow const& key) const;
  std::vector<SigningKeyRow::Kind> kinds_to_make(Keys const& keys) const;
  std::set<std::string> lost(Keys const& keys, SigningKeyRow::State state) const;
  bool is_time_to_rotate(Keys const& keys) const;
  Result<std::string> warning_of(mime::Domain const& domain);

  Services const services_;
  SigningOptions const options_;
  Result<> const ready_;
  std::optional<KeySeal> const seal_;
  // Shared with changes that may end after this.
  struct Cache {
    std::mutex mutex;
    std::uint64_t generation = 0;  // one more with each change
    std::map<std::string, std::shared_ptr<OpenedKeys const>> keys;
  };
  std::shared_ptr<Cache> const cache_ = std::make_shared<Cache>();
};

// Where a key stands in the words of a status line: "y2026a-rsa not seen in the DNS (there is no such record)".
std::string standing_of(SigningKeyRow const& key);

}  // namespace yubin::policy
