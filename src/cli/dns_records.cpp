#include "cli/dns_records.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <ifaddrs.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <optional>

#include "base/ip_network.h"

namespace yubin::cli {

namespace {

struct Wanted {
  std::string_view label;
  std::string_view service;  // of the table of services
};

// The most wanted first: who follows RFC 8314 offers TLS from the first byte before STARTTLS.
constexpr Wanted kServices[] = {
    {"_submissions._tcp", "submissions"},
    {"_submission._tcp", "submission"},
    {"_imaps._tcp", "imaps"},
    {"_imap._tcp", "imap"},
    {"_pop3s._tcp", "pop3s"},
    {"_pop3._tcp", "pop3"},
};

// RFC 6890 and what came after it: not for the Internet.
constexpr char const* kNotPublic[] = {
    "0.0.0.0/8",       "10.0.0.0/8",     "100.64.0.0/10", "127.0.0.0/8",    "169.254.0.0/16",
    "172.16.0.0/12",   "192.0.0.0/24",   "192.0.2.0/24",  "192.168.0.0/16", "198.18.0.0/15",
    "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",   "::/8",           "64:ff9b:1::/48",
    "100::/64",        "2001:db8::/32",  "fc00::/7",      "fe80::/10",      "ff00::/8",
};

bool is_public(IpAddress const& address) {
  return std::ranges::none_of(kNotPublic,
                              [&](char const* network) { return IpNetwork::parse(network).value().contains(address); });
}

// The port that others reach; a listener on loopback is none of theirs.
std::optional<std::uint16_t> port_of(config::Config const& config, std::string_view service) {
  for (config::Listener const& listener : config.listeners)
    if (listener.service->name == service && !listener.where.address.is_loopback() && !listener.legacy_tls)
      return listener.where.port;
  return std::nullopt;
}

std::string fqdn(std::string_view name) {
  return std::string(name) + ".";
}

std::optional<IpAddress> address_of(sockaddr const* address) {
  if (address == nullptr) return std::nullopt;
  if (address->sa_family == AF_INET) {
    std::array<std::uint8_t, 4> bytes;
    std::memcpy(bytes.data(), &reinterpret_cast<sockaddr_in const*>(address)->sin_addr, bytes.size());
    return IpAddress::v4(bytes);
  }
  if (address->sa_family != AF_INET6) return std::nullopt;
  std::array<std::uint8_t, 16> bytes;
  std::memcpy(bytes.data(), &reinterpret_cast<sockaddr_in6 const*>(address)->sin6_addr, bytes.size());
  return IpAddress::v6(bytes);
}

}  // namespace

std::vector<DnsRecord> records_of_domain(config::Config const& config, mime::Domain const& domain) {
  std::string const host = fqdn(config.settings.host_name);
  std::string const zone = fqdn(domain.text());
  std::vector<DnsRecord> records{{zone, "MX", "10 " + host}, {zone, "TXT", "\"v=spf1 mx -all\""}};
  for (Wanted const& wanted : kServices) {
    std::optional<std::uint16_t> const port = port_of(config, wanted.service);
    records.push_back(
        {fmt::format("{}.{}", wanted.label, zone), "SRV", port ? fmt::format("0 1 {} {}", *port, host) : "0 0 0 ."});
  }
  return records;
}

std::vector<DnsRecord> records_of_host(config::Config const& config, std::vector<IpAddress> const& addresses) {
  std::vector<DnsRecord> records;
  records.reserve(addresses.size());
  for (IpAddress const& address : addresses)
    records.push_back({fqdn(config.settings.host_name), address.is_v4() ? "A" : "AAAA", address.text()});
  return records;
}

std::vector<IpAddress> public_addresses() {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return {};
  std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> const owner(list, &::freeifaddrs);
  std::vector<IpAddress> addresses;
  for (ifaddrs const* each = list; each != nullptr; each = each->ifa_next) {
    std::optional<IpAddress> const address = address_of(each->ifa_addr);
    if (address && is_public(*address)) addresses.push_back(*address);
  }
  std::ranges::sort(addresses,
                    [](IpAddress const& a, IpAddress const& b) { return a.is_v4() != b.is_v4() ? a.is_v4() : a < b; });
  return addresses;
}

std::string zone_text(std::vector<DnsRecord> const& records, std::string_view indent) {
  std::size_t width = 0;
  for (DnsRecord const& record : records) width = std::max(width, record.name.size());
  std::string text;
  for (DnsRecord const& record : records)
    text += fmt::format("{}{:<{}}  {:<4}  {}\n", indent, record.name, width, record.type, record.value);
  return text;
}

std::string dns_advice(config::Config const& config, mime::Domain const& domain,
                       std::vector<IpAddress> const& addresses) {
  std::string const& host = config.settings.host_name;
  std::string text =
      fmt::format("; in the zone of {}\n{}", domain.text(), zone_text(records_of_domain(config, domain)));
  text += fmt::format("\n; in the zone of {}\n", host);
  text += addresses.empty() ? fmt::format("; {}. A and AAAA: the addresses that others reach this machine by\n", host)
                            : zone_text(records_of_host(config, addresses));
  text += fmt::format(
      "\n; and the reverse entry (PTR) of each of these addresses, at whoever gave it to you: {}.\n"
      "; Many servers refuse mail from an address without one.\n",
      host);
  return text;
}

}  // namespace yubin::cli
