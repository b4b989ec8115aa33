// A resolver that knows what stands in a zone file and never touches the network: closed networks, the demo, tests.
#pragma once

#include "dns/zone.h"

namespace yubin::dns {

// Calls back at once, on the caller's thread. Any thread.
class StaticResolver final : public Resolver {
 public:
  explicit StaticResolver(Zone zone) : zone_(std::move(zone)) {}

  void look_up(Question question, Callback done) override;
  Answer answer(Question const& question) const;

 private:
  Zone const zone_;
};

}  // namespace yubin::dns
