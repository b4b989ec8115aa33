// A resolver that asks the network, through libunbound: itself from the root servers on, or through others. What it
// says is validated by DNSSEC and kept in a cache.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "dns/resolver.h"

namespace yubin::dns {

struct UnboundOptions {
  // Name servers that do the asking for us, "192.0.2.1", "2001:db8::1" or "192.0.2.1@5353". None: we ask ourselves.
  std::vector<std::string> forwarders{};
  // DS or DNSKEY records, one a string, as they stand in a zone. None: nothing is validated and nothing secure.
  std::vector<std::string> trust_anchors{};
  std::chrono::milliseconds timeout{20'000};  // of one question; then it is answered `temporary`
  std::size_t max_waiting = 4096;             // questions at once; more are answered `temporary`
};

// Callbacks come on a thread of its own, and when it is destroyed on the destroying one.
class UnboundResolver final : public Resolver {
 public:
  // Opens nothing yet, and reads no file. Errors: syntax, a forwarder or trust anchor is none; internal.
  static Result<std::unique_ptr<UnboundResolver>> make(UnboundOptions const& options);
  ~UnboundResolver() override;

  void look_up(Question question, Callback done) override;

 private:
  class Impl;
  explicit UnboundResolver(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace yubin::dns
