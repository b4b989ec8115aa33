#include "base/ip_network.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace yubin {
namespace {

unsigned bits_of(IpAddress const& address) {
  return static_cast<unsigned>(address.bytes().size() * 8);
}

}  // namespace

Result<IpNetwork> IpNetwork::parse(std::string_view text) {
  std::size_t const slash = text.find('/');
  TRY(IpAddress const address, IpAddress::parse(text.substr(0, slash)));
  unsigned const bits = bits_of(address);
  if (slash == std::string_view::npos) return IpNetwork(address, bits);
  auto const length = parse_number(text.substr(slash + 1));
  if (!length || *length > bits)
    return fail(Errc::syntax,
                fmt::format("{} is not a network; behind the / stands a number from 0 to {}", quoted(text, 60), bits));
  IpNetwork const network = of(address, static_cast<unsigned>(*length));
  if (network.address_ != address)
    return fail(Errc::syntax,
                fmt::format("{} has bits behind its length; did you mean {}?", quoted(text, 60), network.text()));
  return network;
}

IpNetwork IpNetwork::of(IpAddress const& address, unsigned length) {
  return {address.network(length), std::min(length, bits_of(address))};
}

bool IpNetwork::contains(IpAddress const& address) const {
  return address.is_v4() == address_.is_v4() && address.network(length_) == address_;
}

std::string IpNetwork::text() const {
  return fmt::format("{}/{}", address_.text(), length_);
}

bool any_contains(std::span<IpNetwork const> networks, IpAddress const& address) {
  return std::ranges::any_of(networks, [&](IpNetwork const& one) { return one.contains(address); });
}

}  // namespace yubin
