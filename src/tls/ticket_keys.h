// The keys of one service's session tickets (RFC 5077, RFC 8446 section 4.6.1): they change by themselves, so that a
// stolen one opens little, and outlive the certificates, so that a reload does not cost every client a whole handshake.
#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>

#include "base/clock.h"

struct ssl_ctx_st;

namespace yubin::tls {

// Any thread.
class TicketKeys {
 public:
  // A key seals tickets for so long, and opens them for as long again. No ticket is good for longer than two hours.
  static constexpr std::chrono::hours kChange{12};

  struct Key {
    std::array<unsigned char, 16> name;
    std::array<unsigned char, 32> cipher;
    std::array<unsigned char, 32> mac;
    SteadyTime made;
  };
  // `clock` outlives this.
  explicit TicketKeys(Clock const& clock) : clock_(clock) {}
  ~TicketKeys();

  // The key for new tickets. Empty: there is no randomness.
  std::optional<Key> current();
  // The key of that name, if it is still known.
  std::optional<Key> find(std::array<unsigned char, 16> const& name);

 private:
  Clock const& clock_;
  std::mutex mutex_;
  std::optional<Key> current_;
  std::optional<Key> previous_;
};

// From now on `ctx` seals its tickets with these keys, which it shares.
void use_ticket_keys(ssl_ctx_st* ctx, std::shared_ptr<TicketKeys> keys);

}  // namespace yubin::tls
