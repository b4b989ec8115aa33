#include "deliver/remote_hosts.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>

#include "base/bytes.h"
#include "base/text.h"
#include "deliver/dane.h"
#include "deliver/look_up.h"
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

struct Addresses {
  std::vector<IpAddress> found{};
  std::string unknown{};  // why one of the questions has no answer now
  dns::Answer answer{};   // one with addresses, else any; for DANE
};

net::Task<Addresses> addresses_of(dns::Resolver& resolver, std::string host) {
  Addresses out;
  for (dns::RecordType type : {dns::RecordType::a, dns::RecordType::aaaa}) {
    dns::Answer answer = co_await look_up(resolver, type, host);
    if (!is_known(answer)) out.unknown = answer.why;
    for (dns::Record const& record : answer.records)
      if (auto const* address = std::get_if<IpAddress>(&record)) out.found.push_back(*address);
    if (!answer.records.empty()) out.answer = std::move(answer);
  }
  co_return out;
}

// "[192.0.2.1]" or "[IPv6:2001:db8::1]" (RFC 5321 section 4.1.3)
std::optional<IpAddress> literal(std::string_view destination) {
  if (!destination.starts_with('[') || !destination.ends_with(']')) return std::nullopt;
  std::string_view text = destination.substr(1, destination.size() - 2);
  constexpr std::string_view kIpv6 = "ipv6:";
  if (istarts_with(text, kIpv6)) text.remove_prefix(kIpv6.size());
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

TlsPolicy by_authorities(std::string name, std::string source) {
  return {.kind = TlsPolicy::Kind::authorities,
          .wanted = {.by = tls::Wanted::By::authorities, .names = {std::move(name)}},
          .source = std::move(source)};
}

std::vector<IpAddress> in_order(std::vector<IpAddress> const& addresses, RemoteOptions::Family family) {
  using Family = RemoteOptions::Family;
  if (family == Family::any) return addresses;
  std::vector<IpAddress> out;
  bool const ipv4_is_first = family == Family::ipv4_first || family == Family::ipv4_only;
  bool const one_only = family == Family::ipv4_only || family == Family::ipv6_only;
  for (bool const is_v4 : {ipv4_is_first, !ipv4_is_first}) {
    if (one_only && is_v4 != ipv4_is_first) continue;
    std::ranges::copy_if(addresses, std::back_inserter(out),
                         [=](IpAddress const& one) { return one.is_v4() == is_v4; });
  }
  return out;
}

std::vector<std::string> lines_of(std::vector<tls::TlsaRecord> const& records) {
  std::vector<std::string> out;
  for (tls::TlsaRecord const& one : records)
    out.push_back(fmt::format("{} {} {} {}", one.usage, one.selector, one.matching_type, to_hex(one.data)));
  return out;
}

// One destination's hosts, as they are found.
class Search {
 public:
  Search(dns::Resolver& resolver, RemoteOptions const& options, MailRoute const& route, std::string where,
         HostQuestion question)
      : resolver_(resolver),
        options_(options),
        route_(route),
        where_(std::move(where)),
        sts_(std::move(question.sts)),
        require_tls_(question.require_tls) {}

  bool relayed() const { return route_.has_host(); }
  std::uint16_t port() const { return relayed() ? route_.where.port : options_.port; }
  bool is_usable(IpAddress const& address) const { return options_.loopback || relayed() || !address.is_loopback(); }
  bool is_ours(IpAddress const& address) const { return is_own_endpoint(options_.own, {address, port()}); }
  // No further host is looked for.
  bool is_over() const { return hosts_.size() >= options_.attempts || !own_host_.empty(); }

  // `next_hop`: see DaneQuestion; none: DNSSEC does not vouch for the way to this host.
  net::Task<> add(std::string name, std::optional<std::vector<std::string>> next_hop) {
    Addresses addresses = co_await addresses_of(resolver_, name);
    if (!addresses.unknown.empty()) unknown_ = fmt::format("the address of {}: {}", name, addresses.unknown);
    if (addresses.found.empty()) co_return;
    // As in dns::mail_hosts(): we are this host, by whatever name.
    if (std::ranges::any_of(addresses.found, [this](IpAddress const& one) { return is_ours(one); })) {
      own_host_ = std::move(name);
      co_return;
    }
    std::optional<TlsPolicy> const policy = co_await policy_of(name, std::move(addresses.answer), std::move(next_hop));
    if (!policy) co_return;
    for (IpAddress const& address : in_order(addresses.found, options_.family)) {
      if (is_usable(address) && !is_over()) hosts_.push_back({name, {address, port()}, *policy, reported(*policy)});
      looped_ = looped_ || !is_usable(address);
    }
  }

  // RFC 8460 section 4.4
  ReportedPolicy reported(TlsPolicy const& policy) const {
    if (policy.kind == TlsPolicy::Kind::dane) return {.type = "tlsa", .lines = lines_of(policy.wanted.records)};
    if (policy.kind == TlsPolicy::Kind::encrypted) return {.type = "tlsa"};
    if (!sts_ || sts_->mode == StsPolicy::Mode::none) return {};
    return reported_policy(*sts_);
  }

  RemoteHosts result() {
    if (!hosts_.empty()) return std::move(hosts_);
    if (!own_host_.empty())
      return failed({5, 4, 6},
                    fmt::format("mail for {} would come back to this server, which is {}", where_, own_host_));
    if (!unknown_.empty()) return deferred({4, 4, 3}, "DNS does not tell now " + unknown_);
    // RFC 3463 section 3.8: 4.7.5
    if (!forbidden_.empty())
      return deferred({4, 7, 5}, fmt::format("the MTA-STS policy of {} does not name {}", where_, forbidden_));
    // RFC 8689 section 4.2.1
    if (!unvouched_.empty())
      return failed({5, 7, 30}, fmt::format("the message must go over TLS all the way, and nothing vouches for {} as a "
                                            "host of {}",
                                            unvouched_, where_));
    if (looped_) return failed({5, 4, 6}, fmt::format("the hosts of {} are loopback addresses", where_));
    return failed({5, 4, 4}, fmt::format("no host of {} has an address", where_));
  }

  // By the message (RFC 8689 section 4.2.1), or else by the route.
  TlsPolicy policy_asked_for(std::string name) const {
    if (require_tls_) return by_authorities(std::move(name), "REQUIRETLS");
    std::string source = fmt::format("the route {}", route_.name);
    if (route_.tls_in_force() == MailRoute::Tls::verified) return by_authorities(std::move(name), std::move(source));
    if (route_.tls_in_force() == MailRoute::Tls::required)
      return {.kind = TlsPolicy::Kind::encrypted, .wanted = {}, .source = std::move(source)};
    return {};
  }

 private:
  // None: the host must not be used now.
  net::Task<std::optional<TlsPolicy>> policy_of(std::string name, dns::Answer address,
                                                std::optional<std::vector<std::string>> next_hop) {
    if (options_.dane && next_hop) {
      DaneQuestion question{name, port(), std::move(address), *std::move(next_hop)};
      auto found = co_await find_dane(resolver_, std::move(question));
      if (auto const* unknown = std::get_if<DaneNotKnown>(&found)) {
        unknown_ = unknown->why;
        co_return std::nullopt;
      }
      // RFC 8461 section 2: it goes before MTA-STS. But where no record is usable it does not say who the other side is
      // (RFC 7672 section 2.2), so it takes nothing back from who must know.
      bool const must_know = require_tls_ || (relayed() && route_.tls_in_force() == MailRoute::Tls::verified);
      auto* policy = std::get_if<TlsPolicy>(&found);
      if (policy != nullptr && (policy->kind == TlsPolicy::Kind::dane || !must_know)) co_return std::move(*policy);
    }
    bool const vouched = relayed() || next_hop || (sts_ && sts_->names(name));
    if (require_tls_ && !vouched) {
      unvouched_ = std::move(name);
      co_return std::nullopt;
    }
    if (require_tls_ || relayed()) co_return policy_asked_for(std::move(name));
    co_return policy_by_sts(name);
  }

  // RFC 8461 section 4
  std::optional<TlsPolicy> policy_by_sts(std::string const& name) {
    bool const enforced = sts_ && sts_->mode == StsPolicy::Mode::enforce;
    if (!enforced) return TlsPolicy{};
    if (sts_->names(name)) return by_authorities(name, "MTA-STS");
    forbidden_ = name;
    return std::nullopt;
  }

  dns::Resolver& resolver_;
  RemoteOptions const& options_;
  MailRoute const& route_;
  std::string const where_;
  std::vector<RemoteHost> hosts_;
  std::string unknown_;  // what of the hosts that are not there is not known now, and why
  std::optional<StsPolicy> const sts_;
  bool const require_tls_;
  std::string forbidden_;  // a host that the policy does not name
  std::string unvouched_;  // one that a message with REQUIRETLS must not go to
  std::string own_host_;   // one of the hosts that is this server
  bool looped_ = false;
};

// RFC 7672 section 3.2.2
std::vector<std::string> next_hop_of(std::string const& destination, dns::Answer const& mx) {
  std::vector<std::string> names{destination};
  if (!mx.canonical_name.empty() && mx.canonical_name != destination) names.push_back(mx.canonical_name);
  return names;
}

}  // namespace

ReportedPolicy reported_policy(StsPolicy const& policy) {
  ReportedPolicy out{.type = "sts", .mx = policy.mx};
  for (std::string_view line : split(print_sts_policy(policy), '\n'))
    if (!line.empty()) out.lines.emplace_back(line);
  return out;
}

net::Task<RemoteHosts> find_remote_hosts(dns::Resolver& resolver, Random& random, RemoteOptions const& options,
                                         MailRoute const& route, std::string our_name, HostQuestion question) {
  if (!route.where.socket.empty()) {
    RemoteHost here{route.where.socket.string(), {}};
    here.socket = route.where.socket;
    co_return std::vector<RemoteHost>{std::move(here)};
  }
  bool const relayed = route.has_host();
  std::string const destination = question.destination;
  std::string const where = relayed ? route.where.host : destination;
  bool const require_tls = question.require_tls;
  Search search(resolver, options, route, where, std::move(question));
  if (auto const address = literal(where)) {
    if (!search.is_usable(*address) || search.is_ours(*address))
      co_return failed({5, 4, 6}, fmt::format("{} is this machine itself", where));
    if (require_tls && !relayed)
      co_return failed({5, 7, 30},
                       fmt::format("the message must go over TLS all the way, and nothing vouches for {}", where));
    RemoteHost host{where, {*address, search.port()}};
    if (relayed) host.tls = search.policy_asked_for(address->text());
    co_return std::vector<RemoteHost>{std::move(host)};
  }
  if (relayed) {
    co_await search.add(route.where.host, std::vector<std::string>{});
    co_return search.result();
  }
  dns::Answer const mx = co_await look_up(resolver, dns::RecordType::mx, destination);
  Names found = names_of(destination, mx, to_lower(our_name), random);
  if (auto* outcome = std::get_if<smtp::Outcome>(&found)) co_return std::move(*outcome);
  dns::MailHosts const names = std::get<dns::MailHosts>(std::move(found));
  std::optional<std::vector<std::string>> next_hop;
  if (names.secure) next_hop = next_hop_of(destination, mx);
  for (std::string const& name : names.names) {
    if (search.is_over()) break;
    co_await search.add(name, next_hop);
  }
  co_return search.result();
}

}  // namespace yubin::deliver
