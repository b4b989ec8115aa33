// Signs mail on its way out (DKIM) as the domain of its author, or says why it does not. Mail of others that passes
// through is never signed; it may be sealed (ARC).
#pragma once

#include <list>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "base/clock.h"
#include "deliver/outgoing_body.h"
#include "directory/directory.h"
#include "policy/dkim_sign.h"
#include "policy/key_ring.h"
#include "queue/message_row.h"

namespace yubin::deliver {

// Any thread; sign() on the storage pool.
class Signing {
 public:
  // All outlive this. `sealer`: the domain that seals.
  Signing(policy::KeyRing& ring, directory::Directory const& directory, Clock const& clock, mime::Domain sealer)
      : ring_(ring), directory_(directory), clock_(clock), sealer_(std::move(sealer)) {}

  struct Signed {
    std::string fields;  // to be put before the message; empty: it is not signed
    std::string fact;    // for the journal: by whom, or why not
  };
  // `body` is prepared, and nothing of it was taken: what it gives is what is signed. The same message in the same form
  // is signed once for all its destinations, as long as it is remembered. Errors: the body cannot be read.
  Result<Signed> sign(UniqueId id, queue::MessageRow const& message, OutgoingBody const& body);

 private:
  static constexpr std::size_t kRemembered = 2000;  // messages
  static constexpr std::int64_t kFresh = 3600;      // seconds

  using Form = std::pair<UniqueId, OutgoingBody::Form>;
  struct Remembered {
    Form form;
    std::int64_t made;
    Signed what;
  };

  Result<Signed> seal(queue::MessageRow const& message, OutgoingBody const& body, std::int64_t now);
  Result<Signed> make(queue::MessageRow const& message, OutgoingBody const& body, std::int64_t now);
  Result<bool> speaks_for(queue::MessageRow const& message, policy::MessageReader const& reader,
                          mime::Domain const& author) const;

  policy::KeyRing& ring_;
  directory::Directory const& directory_;
  Clock const& clock_;
  mime::Domain const sealer_;
  std::mutex mutex_;
  std::list<Remembered> remembered_;  // the newest first
  std::map<Form, std::list<Remembered>::iterator> index_;
};

}  // namespace yubin::deliver
