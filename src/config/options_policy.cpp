#include "config/option_groups.h"

namespace yubin::config {

namespace {

Codec<policy::Mode> mode() {
  return choice<policy::Mode>({{"off", policy::Mode::off}, {"observe", policy::Mode::observe}});
}

void add_signing(Options<Config>& table) {
  using namespace std::chrono_literals;
  using std::chrono::days;
  table
      .add(
          "dkim.sign", [](auto& c) -> auto& { return c.signing.enabled; }, flag(),
          "Whether mail to other servers is signed (DKIM) as the domain in its From, with keys that are made for each "
          "domain of this server. A key signs from when its record is seen in the DNS.")
      .needs_restart();
  table
      .add(
          "dkim.lifetime", [](auto& c) -> auto& { return c.signing.lifetime; },
          duration<std::chrono::seconds>(days(1), days(90)),
          "How long a signature is good (x=): longer than mail may be on its way.")
      .needs_restart();
  table
      .add(
          "dkim.rotate", [](auto& c) -> auto& { return c.signing.rotate; },
          duration<std::chrono::seconds>(0s, days(3650)),
          "Keys of this age get successors, which wait until their records are published and then take over; 0s: only "
          "by `yubin dkim rotate`.")
      .needs_restart();
  table
      .add(
          "dkim.grace", [](auto& c) -> auto& { return c.signing.grace; },
          duration<std::chrono::seconds>(days(1), days(365)),
          "How long the record of a key that was replaced must stay, for mail that it has signed; then the key is "
          "revoked. At least dkim.lifetime.")
      .needs_restart();
}

void add_sealing(Options<Config>& table) {
  table
      .add(
          "arc.seal", [](auto& c) -> auto& { return c.signing.seal; }, flag(),
          "Whether mail from other servers that an alias leads to another domain is sealed (ARC, RFC 8617) with the "
          "key "
          "of default_domain: so who gets it can see what this server saw of its author.")
      .needs_restart();
}

void add_dns_records(Options<Config>& table) {
  table
      .add(
          "dns.addresses", [](auto& c) -> auto& { return c.published.addresses; },
          list(parsed<IpAddress>(
                   "an IP address", [](std::string_view text) { return IpAddress::parse(text); },
                   [](IpAddress const& one) { return one.text(); }),
               16),
          "The addresses that others reach this server by, for `yubin dns show` and `check`. Empty: those of this "
          "machine that are public.")
      .needs_restart();
  table
      .add(
          "dns.block_lists", [](auto& c) -> auto& { return c.published.block_lists; },
          list(text("the domain of a block list", 253), 50),
          "Block lists (RFC 5782) that `yubin dns check` looks for these addresses in.")
      .needs_restart();
  table
      .add(
          "dns.web_host", [](auto& c) -> auto& { return c.published.web_host; },
          text("the name of a host, or empty", 253),
          "A web server that has the files mta-sts.txt, autoconfig and autodiscover of the domains; `yubin dns show` "
          "then leads to it. Empty: there is none.")
      .needs_restart();
  table
      .add(
          "dns.issuers", [](auto& c) -> auto& { return c.published.issuers; },
          list(text("the domain by which an authority is known in CAA records, like \"letsencrypt.org\"", 253), 10),
          "Who may issue certificates for host_name (CAA, RFC 8659), for `yubin dns show` and `check`. Empty: nothing "
          "is said of it.")
      .needs_restart();
  table
      .add(
          "dns.check_daily", [](auto& c) -> auto& { return c.published.daily; }, flag(),
          "Whether the records of all domains are checked once a day; what is wrong stands in `yubin status`.")
      .needs_restart();
}

}  // namespace

void add_policy(Options<Config>& table) {
  add_signing(table);
  add_sealing(table);
  add_dns_records(table);
  table
      .add(
          "policy.spf", [](auto& c) -> auto& { return c.settings.judge.spf; }, mode(),
          "Whether mail from other servers is checked by SPF, and their addresses' names by iprev. With observe, what "
          "is found goes into the journal and the message (Authentication-Results), and decides nothing.")
      .needs_restart();
  table
      .add(
          "policy.dkim", [](auto& c) -> auto& { return c.settings.judge.dkim; }, mode(),
          "The same of signatures: DKIM, and ARC's chains.")
      .needs_restart();
  table
      .add(
          "policy.dmarc", [](auto& c) -> auto& { return c.settings.judge.dmarc; }, mode(),
          "The same of DMARC, from what SPF and DKIM have found.")
      .needs_restart();
}

}  // namespace yubin::config
