#include "config/option_groups.h"

namespace yubin::config {

namespace {

using namespace std::chrono_literals;

Codec<std::string> name_or_empty() {
  return text("the name of a host, or empty", 253);
}

Codec<std::uint16_t> port() {
  return number<std::uint16_t>(1, 65535);
}

void add_dns(Options<Config>& table) {
  using Mode = dns::Options::Mode;
  table
      .add(
          "dns.mode", [](auto& c) -> auto& { return c.dns.mode; },
          choice<Mode>({{"recursive", Mode::recursive}, {"forward", Mode::forward}, {"static", Mode::static_zone}}),
          "Who answers questions to the DNS: this server itself, from the root on (recursive), other name servers "
          "(forward), or a file (static), which is for networks without any.")
      .needs_restart();
  table
      .add(
          "dns.forwarders", [](auto& c) -> auto& { return c.dns.forwarders; },
          list(text("the address of a name server, like \"192.0.2.1\" or \"192.0.2.1@5353\"", 64), 16),
          "The name servers that are asked when dns.mode is forward. They should pass on DNSSEC.")
      .needs_restart();
  table
      .add(
          "dns.zone", [](auto& c) -> auto& { return c.dns.zone; }, path(),
          "The file with all records, in the master format of RFC 1035, when dns.mode is static.")
      .needs_restart();
  table
      .add(
          "dns.trust_anchor", [](auto& c) -> auto& { return c.dns.trust_anchor; }, path(),
          "The root's keys for DNSSEC, as the package dns-root-data has them.")
      .needs_restart();
  table
      .add(
          "dns.timeout", [](auto& c) -> auto& { return c.dns.timeout; }, duration<std::chrono::milliseconds>(1s, 120s),
          "How long a question may take; then it is asked again later, as after any failure of the DNS.")
      .needs_restart();
}

void add_outgoing_tls(Options<Config>& table) {
  table
      .add(
          "outgoing.dane", [](auto& c) -> auto& { return c.outgoing.dane; }, flag(),
          "Hosts whose TLSA records DNSSEC vouches for must have a certificate that matches (DANE, RFC 7672).")
      .needs_restart();
  table
      .add(
          "outgoing.authorities", [](auto& c) -> auto& { return c.outgoing.authorities; }, path(),
          "A file with certificates of authorities that are trusted besides this machine's, for other servers' "
          "certificates: those of a closed network.")
      .needs_restart();
}

void add_mta_sts(Options<Config>& table) {
  table
      .add(
          "outgoing.tls_reports", [](auto& c) -> auto& { return c.outgoing.tls_reports; }, flag(),
          "Domains that ask for it (TLSRPT, RFC 8460) get a daily report by mail on the TLS of what was sent to them.")
      .needs_restart();
  table
      .add(
          "outgoing.mta_sts", [](auto& c) -> auto& { return c.outgoing.mta_sts; }, flag(),
          "Domains with an MTA-STS policy (RFC 8461) in the mode enforce get mail only at the hosts that it names, "
          "with a "
          "certificate that an authority vouches for.")
      .needs_restart();
  table
      .add(
          "outgoing.mta_sts_port", [](auto& c) -> auto& { return c.outgoing.mta_sts_port; }, port(),
          "The port where such policies are fetched: 443, but for tests.")
      .needs_restart();
}

Codec<IpAddress> address() {
  return parsed<IpAddress>(
      "an IP address", [](std::string_view text) { return IpAddress::parse(text); },
      [](IpAddress const& one) { return one.text(); });
}

Codec<deliver::DomainSource> domain_source() {
  auto parse = [](std::string_view text) -> Result<deliver::DomainSource> {
    std::size_t const equals = text.find('=');
    if (equals == std::string_view::npos) return fail(Errc::syntax, "");
    TRY(mime::Domain domain, mime::Domain::parse(text.substr(0, equals)));
    TRY(IpAddress one, IpAddress::parse(text.substr(equals + 1)));
    return deliver::DomainSource{domain.text(), one};
  };
  return parsed<deliver::DomainSource>(
      "a domain and an address, like \"example.org=192.0.2.1\"", std::move(parse),
      [](deliver::DomainSource const& one) { return one.domain + "=" + one.address.text(); });
}

void add_own_addresses(Options<Config>& table) {
  using Family = deliver::RemoteOptions::Family;
  table
      .add(
          "outgoing.family", [](auto& c) -> auto& { return c.outgoing.family; },
          choice<Family>({{"any", Family::any},
                          {"ipv4_first", Family::ipv4_first},
                          {"ipv6_first", Family::ipv6_first},
                          {"ipv4_only", Family::ipv4_only},
                          {"ipv6_only", Family::ipv6_only}}),
          "Which of a host's addresses are tried, and which first.")
      .needs_restart();
  table
      .add(
          "outgoing.ipv6_needs_name", [](auto& c) -> auto& { return c.outgoing.ipv6_needs_name; }, flag(),
          "Mail goes over IPv6 only from an address whose PTR record leads to a name that leads back to it, as large "
          "providers ask for; hosts that have no IPv4 address are tried all the same.")
      .needs_restart();
  table
      .add(
          "outgoing.sources", [](auto& c) -> auto& { return c.outgoing.sources; }, list(address(), 16),
          "Addresses of this machine that mail goes out from, the first of the family that is needed. Empty: the "
          "system "
          "chooses.")
      .needs_restart();
  table
      .add(
          "outgoing.domain_sources", [](auto& c) -> auto& { return c.outgoing.domain_sources; },
          list(domain_source(), 1000), "The same for mail whose envelope sender is in a domain.")
      .needs_restart();
}

Codec<std::optional<deliver::MailRoute::Tls>> verified_or_offered() {
  using Tls = deliver::MailRoute::Tls;
  Codec<bool> const inner = flag();
  return {inner.takes,
          [read = inner.read](Value const& value) -> Result<std::optional<Tls>> {
            TRY(bool const verified, read(value));
            return verified ? Tls::verified : Tls::if_offered;
          },
          [write = inner.write](std::optional<Tls> const& tls) { return write(tls != Tls::if_offered); }};
}

void add_relay(Options<Config>& table) {
  table.add(
      "outgoing.relay", [](auto& c) -> auto& { return c.relay.where.host; }, name_or_empty(),
      "The host that all outgoing mail is given to, as a provider may ask for. Empty: each domain's own hosts.");
  table.add("outgoing.relay_port", [](auto& c) -> auto& { return c.relay.where.port; }, port(), "Its port.");
  table.add(
      "outgoing.relay_tls", [](auto& c) -> auto& { return c.relay.tls; }, verified_or_offered(),
      "The relay must speak TLS and have a certificate for its name from an authority that this machine trusts.");
  table.add(
      "outgoing.relay_user", [](auto& c) -> auto& { return c.relay.user; }, text("a user's name, or empty", 255),
      "Who logs in to the relay. Empty: nobody does.");
  table.add(
      "outgoing.relay_password_file", [](auto& c) -> auto& { return c.relay.password; }, path(),
      "The file with the password for that, on its first line. The server's user must be able to read it, nobody "
      "else.");
  table.add(
      "outgoing.relay_token_file", [](auto& c) -> auto& { return c.relay.token; }, path(),
      "In place of the password, the file with an OAuth access token (OAUTHBEARER, XOAUTH2), read at each login.");
  table.add(
      "outgoing.fallback_relay", [](auto& c) -> auto& { return c.outgoing.fallback; },
      text("the name of a [[route]] via a relay, or empty", 64),
      "Where mail goes that none of a domain's own hosts takes now: they do not answer, or DNS does not tell them.");
}

void add_queue(Options<Config>& table) {
  table
      .add(
          "queue.first_retry", [](auto& c) -> auto& { return c.queue.retry.first; },
          duration<std::chrono::seconds>(1s, 24h),
          "How long after its first attempt a message is tried again; each wait after that is twice as long.")
      .needs_restart();
  table
      .add(
          "queue.longest_retry", [](auto& c) -> auto& { return c.queue.retry.longest; },
          duration<std::chrono::seconds>(1min, 24h), "The longest of those waits.")
      .needs_restart();
  table
      .add(
          "queue.give_up", [](auto& c) -> auto& { return c.queue.retry.give_up; },
          duration<std::chrono::seconds>(1min, 30 * 24h),
          "After this time a message that cannot be delivered goes back to its sender.")
      .needs_restart();
  table
      .add(
          "queue.warn_after", [](auto& c) -> auto& { return c.queue.retry.warn; },
          duration<std::chrono::seconds>(0s, 30 * 24h),
          "After this time the sender of a message that could not be delivered yet is told so, once. 0: never.")
      .needs_restart();
  table
      .add(
          "queue.per_destination", [](auto& c) -> auto& { return c.queue.schedule.per_destination; },
          number<std::size_t>(1, 1000), "Connections at the same time for the mail of one domain.")
      .needs_restart();
}

}  // namespace

void add_outgoing(Options<Config>& table) {
  table
      .add(
          "outgoing.enabled", [](auto& c) -> auto& { return c.outgoing.enabled; }, flag(),
          "Whether people who have logged in may send mail to other domains.")
      .needs_restart();
  table
      .add(
          "outgoing.port", [](auto& c) -> auto& { return c.outgoing.port; }, port(),
          "The port of other domains' servers: 25, but for tests.")
      .needs_restart();
  table
      .add(
          "outgoing.loopback", [](auto& c) -> auto& { return c.outgoing.loopback; }, flag(),
          "Domains whose hosts are loopback addresses get their mail there, for tests; else it is refused.")
      .needs_restart();
  table
      .add(
          "outgoing.connections", [](auto& c) -> auto& { return c.outgoing.connections; },
          number<std::size_t>(1, 10'000), "Outgoing connections at the same time, in all.")
      .needs_restart();
  add_outgoing_tls(table);
  add_mta_sts(table);
  add_own_addresses(table);
  add_relay(table);
  add_queue(table);
  add_dns(table);
}

}  // namespace yubin::config
