// Looks for the records of signing keys in the DNS, so that a key signs from when others can verify it, and no longer.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/executor.h"
#include "base/upkeep.h"
#include "dns/resolver.h"
#include "policy/key_ring.h"

namespace yubin::deliver {

class KeyWatch {
 public:
  // All outlive this, and what check() is asked for.
  struct Services {
    policy::KeyRing& ring;
    directory::Directory const& directory;
    dns::Resolver* resolver;  // none: no key is ever seen
    Executor& pool;           // the storage pool
    Clock const& clock;
  };
  explicit KeyWatch(Services services) : services_(services) {}
  ~KeyWatch();  // waits for the DNS to answer what was asked
  KeyWatch(KeyWatch const&) = delete;

  struct Checked {
    policy::KeyRing::Keys keys;               // as they are then
    std::vector<policy::Sighting> sightings;  // one for each of them
  };
  using OnChecked = std::move_only_function<void(Result<Checked>)>;
  // Asks for the records of all keys of the domain, and switches keys by the answers. On the storage pool; calls back
  // on any thread.
  void check(mime::Domain const& domain, OnChecked done);

  // For upkeep: one domain's keys are looked after, and looked for if it is time. Blocks.
  Result<Turn> look_after_one();

 private:
  void look_for(mime::Domain const& domain, policy::KeyRing::Keys keys, OnChecked done);
  void note(mime::Domain const& domain, std::vector<policy::Sighting> sightings, OnChecked done);

  Services const services_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t open_ = 0;             // questions that are not settled
  std::vector<mime::Domain> round_;  // that wait for their turn, the last one first; the upkeep's thread only
};

}  // namespace yubin::deliver
