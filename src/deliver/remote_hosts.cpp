#include "deliver/remote_hosts.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "deliver/own_address.h"
#include "dns/mail_hosts.h"

namespace yubin::deliver {

namespace {

using smtp::EnhancedStatus;

smtp::Outcome failed(EnhancedStatus status, std::string note) {
  return smtp::Failed{{status, "", "", std::move(note)}};
}

smtp::Outcome deferred(EnhancedStatus status, std::string note) {
  return smtp::Deferred{{status, "", "", std::move(note)}};
}

net::Task<dns::Answer> ask(dns::Resolver& resolver, dns::RecordType type, std::string name) {
  dns::Answer answer;
  auto start = [&](net::Resume resume) {
    resolver.look_up({type, name}, [&answer, resume = std::move(resume)](dns::Answer found) mutable {
      answer = std::move(found);
      resume();
    });
  };
  co_await net::suspend(std::move(start));
  co_return answer;
}

bool is_known(dns::Answer const& answer) {
  return answer.status != dns::Status::temporary && answer.status != dns::Status::bogus;
}

struct Addresses {
  std::vector<IpAddress> found{};
  std::string unknown{};  // why one of the questions has no answer now
};

net::Task<Addresses> addresses_of(dns::Resolver& resolver, std::string host) {
  Addresses out;
  for (dns::RecordType type : {dns::RecordType::a, dns::RecordType::aaaa}) {
    dns::Answer const answer = co_await ask(resolver, type, host);
    if (!is_known(answer)) out.unknown = answer.why;
    for (dns::Record const& record : answer.records)
      if (auto const* address = std::get_if<IpAddress>(&record)) out.found.push_back(*address);
  }
  co_return out;
}

// "[192.0.2.1]" or "[IPv6:2001:db8::1]" (RFC 5321 section 4.1.3)
std::optional<IpAddress> literal(std::string_view destination) {
  if (!destination.starts_with('[') || !destination.ends_with(']')) return std::nullopt;
  std::string_view text = destination.substr(1, destination.size() - 2);
  constexpr std::string_view kIpv6 = "ipv6:";
  if (text.size() > kIpv6.size() && std::ranges::equal(text.substr(0, kIpv6.size()), kIpv6, {}, [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
      }))
    text.remove_prefix(kIpv6.size());
  auto const address = IpAddress::parse(text);
  if (!address) return std::nullopt;
  return *address;
}

// The names of the hosts, or what becomes of mail for the destination.
using Names = std::variant<dns::MailHosts, smtp::Outcome>;

Names names_of(std::string const& destination, dns::Answer const& mx, std::string const& our_name, Random& random) {
  auto const hosts = dns::mail_hosts(destination, mx, our_name, random);
  // RFC 7505 section 4.2: 556 5.1.10.
  if (std::holds_alternative<dns::NoMailHere>(hosts))
    return failed({5, 1, 10}, fmt::format("{} says in DNS that it takes no mail (null MX)", destination));
  if (std::holds_alternative<dns::NoSuchDomain>(hosts))
    return failed({5, 1, 2}, fmt::format("there is no domain {}", destination));
  if (auto const* unknown = std::get_if<dns::NotKnownNow>(&hosts))
    return deferred({4, 4, 3}, fmt::format("DNS does not tell the hosts of {} now: {}", destination, unknown->why));
  if (std::get<dns::MailHosts>(hosts).names.empty())
    return failed({5, 4, 6}, fmt::format("mail for {} would come back to this server", destination));
  return std::get<dns::MailHosts>(hosts);
}

}  // namespace

net::Task<RemoteHosts> find_remote_hosts(dns::Resolver& resolver, Random& random, RemoteOptions const& options,
                                         std::string our_name, std::string destination) {
  bool const relayed = !options.relay.empty();
  std::uint16_t const port = relayed ? options.relay_port : options.port;
  dns::MailHosts names{.names = {options.relay}};
  std::vector<RemoteHost> hosts;
  auto usable = [&](IpAddress const& address) { return options.loopback || relayed || !address.is_loopback(); };
  auto ours = [&](IpAddress const& address) { return is_own_endpoint(options.own, {address, port}); };
  std::string const where = relayed ? options.relay : destination;
  if (auto const address = literal(where)) {
    if (!usable(*address) || ours(*address))
      co_return failed({5, 4, 6}, fmt::format("{} is this machine itself", where));
    co_return std::vector<RemoteHost>{{where, {*address, port}}};
  }
  if (!relayed) {
    dns::Answer const mx = co_await ask(resolver, dns::RecordType::mx, destination);
    Names found = names_of(destination, mx, to_lower(our_name), random);
    if (auto* outcome = std::get_if<smtp::Outcome>(&found)) co_return std::move(*outcome);
    names = std::get<dns::MailHosts>(std::move(found));
  }
  std::string unknown;
  std::string own_host;
  bool looped = false;
  for (std::string const& name : names.names) {
    if (hosts.size() >= options.attempts) break;
    Addresses const addresses = co_await addresses_of(resolver, name);
    if (!addresses.unknown.empty()) unknown = fmt::format("{}: {}", name, addresses.unknown);
    // As in drop_ours(): we are this host, by whatever name.
    own_host = std::ranges::any_of(addresses.found, ours) ? name : "";
    if (!own_host.empty()) break;
    for (IpAddress const& address : addresses.found) {
      if (usable(address) && hosts.size() < options.attempts) hosts.push_back({name, {address, port}});
      looped = looped || !usable(address);
    }
  }
  if (!hosts.empty()) co_return hosts;
  if (!own_host.empty())
    co_return failed({5, 4, 6},
                     fmt::format("mail for {} would come back to this server, which is {}", where, own_host));
  if (!unknown.empty()) co_return deferred({4, 4, 3}, "DNS does not tell the address now of " + unknown);
  if (looped) co_return failed({5, 4, 6}, fmt::format("the hosts of {} are loopback addresses", where));
  co_return failed({5, 4, 4}, fmt::format("no host of {} has an address", where));
}

}  // namespace yubin::deliver
