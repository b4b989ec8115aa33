#include "api/dns_records.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"
#include "deliver/own_addresses.h"
#include "dns/zone_text.h"
#include "policy/digest.h"
#include "policy/key_state.h"

namespace yubin::api {

namespace {

using Purpose = DnsRecord::Purpose;
using Records = std::vector<DnsRecord>;

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

std::string fqdn(std::string_view name) {
  return std::string(name) + ".";
}

DnsRecord plain(Purpose purpose, std::string name, std::string type, std::string value, bool required = true) {
  return {.purpose = purpose,
          .name = std::move(name),
          .type = std::move(type),
          .value = value,
          .text = value,
          .required = required};
}

DnsRecord txt(Purpose purpose, std::string name, std::string text, bool required = true) {
  return {.purpose = purpose,
          .name = std::move(name),
          .type = "TXT",
          .value = dns::txt_strings(text),
          .text = text,
          .required = required};
}

std::string spf_of(DnsFacts const& facts) {
  return facts.relay.empty() ? "v=spf1 mx -all" : fmt::format("v=spf1 mx a:{} ~all", facts.relay);
}

void add_keys(std::vector<directory::SigningKey> const& keys, Records& out) {
  for (directory::SigningKey const& key : keys) {
    policy::KeyRecord record = policy::record_of(key);
    bool const revoked = key.state == directory::SigningKey::State::revoked;
    DnsRecord one = txt(Purpose::dkim, fqdn(record.name), std::move(record.text), !revoked);
    one.selector = key.selector;
    // A revoked key's record is not to be published again; it is looked at all the same.
    if (!revoked) out.push_back(std::move(one));
  }
}

void add_services(DnsFacts const& facts, std::string const& zone, Records& out) {
  for (Wanted const& wanted : kServices) {
    std::optional<std::uint16_t> const port = facts.port_of(wanted.service);
    std::string value = port ? fmt::format("0 1 {} {}", *port, fqdn(facts.host_name)) : "0 0 0 .";
    out.push_back(plain(Purpose::service, fmt::format("{}.{}", wanted.label, zone), "SRV", std::move(value), false));
  }
}

void add_web(DnsFacts const& facts, std::string const& zone, Records& out) {
  bool const there = !facts.web_host.empty();
  out.push_back(plain(Purpose::service, "_autodiscover._tcp." + zone, "SRV",
                      there ? fmt::format("0 1 443 {}", fqdn(facts.web_host)) : "0 0 0 .", false));
  if (!there) return;
  for (char const* name : {"autoconfig.", "autodiscover.", "mta-sts."})
    out.push_back(plain(Purpose::web, name + zone, "CNAME", fqdn(facts.web_host), false));
  // RFC 8461 section 3.1: another id for another policy.
  std::string const id = to_hex(policy::digest_of(policy::Hash::sha256, mta_sts_policy(facts))).substr(0, 16);
  out.push_back(txt(Purpose::mta_sts, "_mta-sts." + zone, fmt::format("v=STSv1; id={}", id), false));
}

}  // namespace

Records records_of_domain(DnsFacts const& facts, mime::Domain const& domain,
                          std::vector<directory::SigningKey> const& keys) {
  std::string const zone = fqdn(domain.text());
  Records out{plain(Purpose::mx, zone, "MX", "10 " + fqdn(facts.host_name)), txt(Purpose::spf, zone, spf_of(facts))};
  add_keys(keys, out);
  // p=none harms nobody's mail; what a domain wants in its place is its people's to say.
  auto reports_to = [&](std::string_view own) {
    return fmt::format("rua=mailto:{}@{}", facts.reads_reports ? own : "postmaster", domain.text());
  };
  out.push_back(txt(Purpose::dmarc, "_dmarc." + zone, "v=DMARC1; p=none; " + reports_to(deliver::kDmarcReportsTo)));
  out.push_back(
      txt(Purpose::tls_report, "_smtp._tls." + zone, "v=TLSRPTv1; " + reports_to(deliver::kTlsReportsTo), false));
  add_services(facts, zone, out);
  add_web(facts, zone, out);
  return out;
}

Records records_of_host(DnsFacts const& facts) {
  std::string const host = fqdn(facts.host_name);
  Records out;
  for (IpAddress const& address : facts.addresses)
    out.push_back(plain(Purpose::address, host, address.is_v4() ? "A" : "AAAA", address.text()));
  // Two records of SPF at one name would be none; that of a domain holds for its greeting as well.
  if (!facts.host_is_domain) out.push_back(txt(Purpose::helo_spf, host, "v=spf1 a -all", false));
  for (std::string const& issuer : facts.issuers)
    out.push_back(plain(Purpose::caa, host, "CAA", dns::rdata_text(dns::Caa{0, "issue", issuer}), false));
  auto const port = facts.port_of("mx");
  if (facts.certificates.empty() || !facts.certificates.front().tlsa || !port) return out;
  dns::Tlsa const& tlsa = *facts.certificates.front().tlsa;
  out.push_back(plain(Purpose::tlsa, fmt::format("_{}._tcp.{}", *port, host), "TLSA",
                      fmt::format("{} {} {} {}", tlsa.usage, tlsa.selector, tlsa.matching_type, to_hex(tlsa.data)),
                      false));
  return out;
}

std::string mta_sts_policy(DnsFacts const& facts) {
  return fmt::format("version: STSv1\r\nmode: enforce\r\nmx: {}\r\nmax_age: 604800\r\n", facts.host_name);
}

std::string zone_text(Records const& records, std::string_view indent) {
  std::size_t width = 0;
  for (DnsRecord const& record : records) width = std::max(width, record.name.size());
  std::string text;
  for (DnsRecord const& record : records)
    text += fmt::format("{}{:<{}}  {:<5}  {}\n", indent, record.name, width, record.type, record.value);
  return text;
}

std::string form_text(Records const& records) {
  std::string text;
  for (DnsRecord const& record : records)
    text += fmt::format("name:  {}\ntype:  {}\nvalue: {}\n\n", record.name, record.type, record.text);
  return text;
}

std::string dns_advice(DnsFacts const& of, mime::Domain const& domain, std::vector<directory::SigningKey> const& keys) {
  DnsFacts facts = of;
  facts.host_is_domain = facts.host_is_domain || domain.text() == facts.host_name;
  std::string const& host = facts.host_name;
  std::string text =
      fmt::format("; in the zone of {}\n{}", domain.text(), zone_text(records_of_domain(facts, domain, keys)));
  text += fmt::format("\n; in the zone of {}\n", host);
  if (facts.addresses.empty())
    text += fmt::format("; {}. A and AAAA: the addresses that others reach this machine by\n", host);
  text += zone_text(records_of_host(facts));
  if (facts.issuers.empty())
    text += fmt::format("; {}. CAA: who may issue its certificates, once dns.issuers names them\n", host);
  if (auto const port = facts.port_of("mx"); port && *port != 25)
    text += fmt::format("; others bring mail to port 25; this server listens for it on {}\n", *port);
  text += fmt::format(
      "\n; and the reverse entry (PTR) of each of these addresses, at whoever gave it to you. Many servers refuse "
      "mail\n"
      "; from an address without one.\n");
  for (IpAddress const& address : facts.addresses)
    if (!address.is_loopback()) text += fmt::format("; {}. PTR {}.\n", dns::Question::reverse(address).name, host);
  if (!facts.web_host.empty()) {
    text += fmt::format("\n; {} serves https://mta-sts.{}/.well-known/mta-sts.txt:\n", facts.web_host, domain.text());
    for (std::string_view line : {"version: STSv1", "mode: enforce"}) text += fmt::format(";   {}\n", line);
    text += fmt::format(";   mx: {}\n;   max_age: 604800\n", host);
  }
  return text;
}

}  // namespace yubin::api
