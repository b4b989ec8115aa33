#include "journal/peer_network.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace yubin::journal {

namespace {

constexpr unsigned kSmallest4 = 24;
constexpr unsigned kWidest4 = 16;
constexpr unsigned kSmallest6 = 64;
constexpr unsigned kWidest6 = 48;

unsigned bits(IpAddress const& address) {
  return address.is_v4() ? 32 : 128;
}

}  // namespace

Result<PeerNetwork> PeerNetwork::parse(std::string_view text) {
  std::size_t const slash = text.find('/');
  Result<IpAddress> const address = IpAddress::parse(text.substr(0, slash));
  if (!address) {
    return fail(Errc::syntax, fmt::format("{} is no IP address or network; write it like 192.0.2.1, 192.0.2.0/24 or "
                                          "2001:db8::/48",
                                          quoted(text)));
  }
  if (slash == std::string_view::npos) return PeerNetwork{*address, bits(*address)};
  std::optional<std::uint64_t> const length = parse_number(text.substr(slash + 1));
  if (!length || *length > bits(*address)) {
    return fail(Errc::syntax, fmt::format("{}: a network of this kind has a length of 0 to {} after the slash",
                                          quoted(text), bits(*address)));
  }
  return PeerNetwork{address->network(static_cast<unsigned>(*length)), static_cast<unsigned>(*length)};
}

bool PeerNetwork::is_one_address() const {
  return length == bits(address);
}

std::string PeerNetwork::text() const {
  return is_one_address() ? address.text() : fmt::format("{}/{}", address.text(), length);
}

bool PeerNetwork::overlaps(PeerNetwork const& other) const {
  if (address.is_v4() != other.address.is_v4()) return false;
  unsigned const shared = std::min(length, other.length);
  return address.network(shared) == other.address.network(shared);
}

std::vector<PeerNetwork> indexed_networks(PeerNetwork const& peer) {
  bool const v4 = peer.address.is_v4();
  std::vector<PeerNetwork> networks;
  for (unsigned length : {v4 ? kSmallest4 : kSmallest6, v4 ? kWidest4 : kWidest6}) {
    if (length <= peer.length) networks.push_back({peer.address.network(length), length});
  }
  return networks;
}

PeerNetwork neighbourhood(IpAddress const& address) {
  unsigned const length = address.is_v4() ? kSmallest4 : kSmallest6;
  return {address.network(length), length};
}

}  // namespace yubin::journal
