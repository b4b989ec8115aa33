// The network that an entry's peer is in, or that is searched for: "192.0.2.1", "192.0.2.0/24", "2001:db8::/48".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/ip_address.h"
#include "base/result.h"

namespace yubin::journal {

struct PeerNetwork {
  IpAddress address;    // its bits after the first `length` are zero
  unsigned length = 0;  // at most 32 or 128
  friend bool operator==(PeerNetwork const&, PeerNetwork const&) = default;

  // An address is the network of one. Errors: syntax, in one sentence.
  static Result<PeerNetwork> parse(std::string_view text);
  std::string text() const;  // an address without its length
  // One of the two holds the other.
  bool overlaps(PeerNetwork const& other) const;
  bool is_one_address() const;
};

// The networks under which a peer is indexed, the smallest first: /24 and /16, or /64 and /48, as far as they are not
// smaller than the peer's own. A search for less is answered from the smallest that holds it.
std::vector<PeerNetwork> indexed_networks(PeerNetwork const& peer);

// What neighbours have in common when their connections are counted together: the /24, or the /64.
PeerNetwork neighbourhood(IpAddress const& address);

}  // namespace yubin::journal
