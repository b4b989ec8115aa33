// The rows of the table. A folder's options are filled in here and nowhere else.
#include <algorithm>

#include "config/config.h"
#include "config/option_groups.h"
#include "config/suggest.h"

namespace yubin::config {

namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kKiB = 1024;
constexpr std::uint64_t kMiB = 1024 * kKiB;
constexpr std::uint64_t kGiB = 1024 * kMiB;

Result<mime::Domain> parse_host(std::string_view text) {
  TRY(mime::Domain domain, mime::Domain::parse(text));
  if (domain.is_literal() || !domain.text().contains('.'))
    return fail(Errc::syntax, "is not a full name with its domain, like \"mx.example.org\"");
  return domain;
}

Codec<mime::Domain> domain() {
  return parsed<mime::Domain>("the name of a domain", &parse_host, [](mime::Domain const& d) { return d.unicode(); });
}

Codec<std::string> host_name() {
  auto parse = [](std::string_view text) -> Result<std::string> {
    TRY(mime::Domain host, parse_host(text));
    return host.text();
  };
  return parsed<std::string>("this machine's full name", parse, [](std::string const& name) { return name; });
}

std::string service_names() {
  std::string names;
  for (server::Service const& service : server::services())
    names += fmt::format("{}\"{}\"", names.empty() ? "" : ", ", service.name);
  return names;
}

Result<server::Service const*> parse_service(std::string_view text) {
  if (server::Service const* service = server::find_service(text)) return service;
  std::vector<std::string_view> names;
  for (server::Service const& service : server::services()) names.push_back(service.name);
  return fail(Errc::not_found,
              fmt::format("is \"{}\", and there is no such service{}", text, did_you_mean(text, names)));
}

Codec<server::Service const*> service() {
  return parsed<server::Service const*>(
      "one of " + service_names(), &parse_service,
      [](server::Service const* const& s) { return s == nullptr ? "" : std::string(s->name); });
}

Codec<net::Endpoint> endpoint() {
  return parsed<net::Endpoint>("an address and a port, like \"0.0.0.0:993\" or \"[::]:993\"", &net::Endpoint::parse,
                               [](net::Endpoint const& where) { return where.text(); });
}

void add_general(Options<Config>& table) {
  table
      .add(
          "host_name", [](auto& c) -> auto& { return c.settings.host_name; }, host_name(),
          "The machine's full name in DNS: what it says in greetings and Received fields, and what its certificate "
          "names.")
      .is_required();
  table.add(
      "default_domain", [](auto& c) -> auto& { return c.default_domain; }, optional(domain()),
      "The domain of an address that is written without one: mail for postmaster alone goes there. Not set, it "
      "is host_name.");
  table
      .add(
          "user", [](auto& c) -> auto& { return c.user; }, text("the name of a user, or empty", 32),
          "The system user that the server becomes after it has opened its ports, when it is started as root. Empty: "
          "it stays what it is.")
      .needs_restart();
  table.add(
      "log.level", [](auto& c) -> auto& { return c.log_level; },
      choice<LogLevel>({{"debug", LogLevel::debug},
                        {"info", LogLevel::info},
                        {"warning", LogLevel::warning},
                        {"error", LogLevel::error}}),
      "The least level that is written to the log.");
  table
      .add(
          "admin.socket", [](auto& c) -> auto& { return c.admin_socket; }, path(),
          "Where the command line finds the running server. Who may open it, may do everything.")
      .needs_restart();
  table
      .add(
          "memory.max", [](auto& c) -> auto& { return c.memory_max; }, size(kv::kMinMemory, std::uint64_t{1024} * kGiB),
          "What caches, write buffers and messages on their way in are measured by. Less memory makes reading slower, "
          "nothing else.")
      .needs_restart();
}

void add_tls(Options<Config>& table) {
  table.add(
      "tls.certificate", [](auto& c) -> auto& { return c.certificate; }, path(),
      "The certificate in PEM with the intermediate ones, in any order. The same for all services; for names that it "
      "does not hold see [[certificate]].");
  table.add(
      "tls.key", [](auto& c) -> auto& { return c.key; }, path(),
      "The certificate's private key in PEM. The server's user must be able to read it, nobody else.");
}

void add_store(Options<Config>& table) {
  table
      .add(
          "store.directory", [](auto& c) -> auto& { return c.store_directory; }, path(),
          "Where all mail and accounts are kept.")
      .needs_restart();
  table
      .add(
          "store.low_space", [](auto& c) -> auto& { return c.bodies.low_space; }, size<std::uint64_t>(0, 1024 * kGiB),
          "With less than this free on the disk new mail is put off (452), so that reading, flags and removing go on; "
          "never more than store.low_space_percent of the disk.")
      .needs_restart();
  table
      .add(
          "store.low_space_percent", [](auto& c) -> auto& { return c.bodies.low_space_percent; },
          number<unsigned>(0, 50), "The largest part of the disk that store.low_space may be, in percent.")
      .needs_restart();
  table
      .add(
          "store.inline_body", [](auto& c) -> auto& { return c.bodies.inline_body; }, size<std::size_t>(0, 64 * kKiB),
          "A message up to this size is kept among the rows, a larger one in a segment file.")
      .needs_restart();
}

void add_store_upkeep(Options<Config>& table) {
  table
      .add(
          "store.removed_grace", [](auto& c) -> auto& { return c.collector.grace; },
          duration<std::chrono::seconds>(1min, 30 * 24h),
          "How long the text of a message stays after it was removed from its last mailbox, for mail programs that "
          "have "
          "not heard of it yet.")
      .needs_restart();
  table
      .add(
          "store.rewrite_rate", [](auto& c) -> auto& { return c.bodies.rewrite_bytes_per_second; },
          size<std::uint64_t>(64 * kKiB, 10 * kGiB),
          "How much in a second is copied, at most, to give back the space of files that are mostly removed messages.")
      .needs_restart();
  table
      .add(
          "store.change_log_age", [](auto& c) -> auto& { return c.housekeeping.change_log_age; },
          duration<std::chrono::seconds>(24h, 3650 * 24h),
          "How long a mailbox remembers what was removed: a mail program that was away for longer compares all of it.")
      .needs_restart();
  table
      .add(
          "store.change_log_entries", [](auto& c) -> auto& { return c.housekeeping.change_log_entries; },
          number<std::uint64_t>(1000, 1'000'000'000), "How many changes a mailbox remembers.")
      .needs_restart();
}

void add_backup(Options<Config>& table) {
  table
      .add(
          "backup.directory", [](auto& c) -> auto& { return c.backup_directory; }, path(),
          "Where backups are: `yubin backup create` takes this folder or one below it. It should be on another disk "
          "than the mail, and be mounted when the server starts. The server can write nowhere else but into its store.")
      .needs_restart();
}

void add_journal(Options<Config>& table) {
  table
      .add(
          "journal.days", [](auto& c) -> auto& { return c.journal.days; },
          duration(std::chrono::days(1), std::chrono::days(3650)), "How long what happened is remembered.")
      .needs_restart();
  table
      .add(
          "journal.size", [](auto& c) -> auto& { return c.journal.bytes; }, size<std::uint64_t>(16 * kMiB, 1024 * kGiB),
          "How much of what happened is remembered; the oldest goes first.")
      .needs_restart();
}

void add_smtp(Options<Config>& table) {
  table.add(
      "smtp.size_limit", [](auto& c) -> auto& { return c.settings.smtp.size_limit; }, size(64 * kKiB, 2 * kGiB),
      "The largest message that is taken.");
  table.add(
      "smtp.max_recipients", [](auto& c) -> auto& { return c.settings.smtp.max_recipients; },
      number<std::size_t>(100, 100'000), "Recipients of one message in one transaction.");
  table.add(
      "smtp.max_errors", [](auto& c) -> auto& { return c.settings.smtp.max_errors; }, number<unsigned>(1, 1000),
      "Wrong commands since the last accepted message, after which the connection is closed.");
  table.add(
      "smtp.banner", [](auto& c) -> auto& { return c.settings.smtp.banner; }, text("a text of at most 64 bytes", 64),
      "What stands after the host name in the greeting.");
}

void add_smtp_limits(Options<Config>& table) {
  table.add(
      "smtp.over_quota", [](auto& c) -> auto& { return c.settings.reception.over_quota; },
      choice<deliver::OverQuota>({{"refuse", deliver::OverQuota::refuse}, {"defer", deliver::OverQuota::defer}}),
      "What becomes of mail for a full account: refused, so that the sender knows at once, or put off, so that the "
      "sender's server tries again for days.");
  table.add(
      "smtp.max_unknown_recipients", [](auto& c) -> auto& { return c.settings.smtp.max_unknown_recipients; },
      number<unsigned>(1, 1'000'000), "Recipients that do not exist, after which a connection is closed.");
  table.add(
      "smtp.max_messages", [](auto& c) -> auto& { return c.settings.smtp.max_messages; },
      number<std::uint64_t>(0, 1'000'000'000), "Messages over one connection; 0 is any number.");
  table.add(
      "smtp.max_mailboxes", [](auto& c) -> auto& { return c.settings.reception.max_mailboxes; },
      number<std::size_t>(100, 1'000'000), "Mailboxes that one message's recipients may lead to.");
  table.add(
      "smtp.max_received", [](auto& c) -> auto& { return c.settings.reception.max_received; },
      number<std::size_t>(25, 1000), "Received fields, of which one more is taken for a loop.");
}

void add_imap(Options<Config>& table) {
  table.add(
      "imap.max_message", [](auto& c) -> auto& { return c.settings.imap.max_message; }, size(64 * kKiB, 2 * kGiB),
      "The largest message that a client may store.");
  table.add(
      "imap.login_time", [](auto& c) -> auto& { return c.settings.imap.login_time; },
      duration<std::chrono::seconds>(5s, 30min), "How long a client may take to log in.");
  // RFC 9051 section 5.4: at least 30 minutes.
  table.add(
      "imap.idle_time", [](auto& c) -> auto& { return c.settings.imap.idle_time; },
      duration<std::chrono::seconds>(30min, 24h), "How long a client that is logged in may be silent.");
  table.add(
      "imap.max_bad_commands", [](auto& c) -> auto& { return c.settings.imap.max_bad_commands; },
      number<unsigned>(1, 1000), "Wrong commands in a row, after which the connection is closed.");
}

Codec<pop3::UidlFormat> uidl_format() {
  return parsed<pop3::UidlFormat>("a text with %u, and %v if wanted", &pop3::UidlFormat::parse,
                                  [](pop3::UidlFormat const& format) { return format.text(); });
}

void add_pop3(Options<Config>& table) {
  table.add(
      "pop3.uidl", [](auto& c) -> auto& { return c.settings.pop3.uidl; }, uidl_format(),
      "How UIDL names a message: %u is its UID, %v the mailbox's UIDVALIDITY, %08Xu eight hexadecimal digits. After a "
      "migration the names of the old server, so that no client fetches everything again: %08Xu%08Xv is Dovecot's, "
      "%v.%u that of Cyrus, UID%u-%v that of Courier.");
  table.add(
      "pop3.login_time", [](auto& c) -> auto& { return c.settings.pop3.login_time; },
      duration<std::chrono::seconds>(5s, 30min), "How long a client may take to log in.");
  // RFC 1939 section 3: at least 10 minutes.
  table.add(
      "pop3.idle_time", [](auto& c) -> auto& { return c.settings.pop3.idle_time; },
      duration<std::chrono::seconds>(10min, 24h), "How long a client that is logged in may be silent.");
  table.add(
      "pop3.max_bad_commands", [](auto& c) -> auto& { return c.settings.pop3.max_bad_commands; },
      number<unsigned>(1, 1000), "Wrong commands in a row, after which the connection is closed.");
}

}  // namespace

Options<Config> const& options() {
  static Options<Config> const table = [] {
    Options<Config> made;
    add_general(made);
    add_tls(made);
    add_store(made);
    add_store_upkeep(made);
    add_backup(made);
    add_auth(made);
    add_journal(made);
    add_smtp(made);
    add_smtp_limits(made);
    add_submission(made);
    add_imap(made);
    add_pop3(made);
    add_limits(made);
    add_addresses(made);
    add_outgoing(made);
    add_policy(made);
    add_reports(made);
    return made;
  }();
  return table;
}

Options<Listener> const& listener_options() {
  static Options<Listener> const table = [] {
    Options<Listener> made;
    made.add(
            "service", [](auto& l) -> auto& { return l.service; }, service(), "What is served there.")
        .needs_restart()
        .is_required();
    made.add(
            "address", [](auto& l) -> auto& { return l.where; }, endpoint(),
            "Where: 0.0.0.0 is every IPv4 address of the machine, [::] every IPv6 address.")
        .needs_restart()
        .is_required_without("path");
    made.add(
            "path", [](auto& l) -> auto& { return l.path; }, path(),
            "For lmtp, in place of an address: a socket of this machine, which is made. Everybody here may connect to "
            "it, "
            "as on loopback; who may enter its folder decides.")
        .needs_restart();
    made.add(
            "if_available", [](auto& l) -> auto& { return l.if_available; }, flag(),
            "No error if the machine does not have the address.")
        .needs_restart();
    made.add(
            "legacy_tls", [](auto& l) -> auto& { return l.legacy_tls; }, flag(),
            "TLS 1.0 and 1.1 too, for old printers and the like; on a port of its own, never on the one that people "
            "use.")
        .needs_restart();
    return made;
  }();
  return table;
}

Options<Certificate> const& certificate_options() {
  static Options<Certificate> const table = [] {
    Options<Certificate> made;
    made.add(
            "file", [](auto& c) -> auto& { return c.file; }, path(),
            "The certificate in PEM with the intermediate ones, in any order.")
        .is_required();
    made.add(
            "key", [](auto& c) -> auto& { return c.key; }, path(), "Its private key in PEM; may be the same file.")
        .is_required();
    return made;
  }();
  return table;
}

std::vector<Listener> default_listeners() {
  std::vector<Listener> all;
  for (server::Service const& service : server::services()) {
    if (!service.by_default) continue;
    all.push_back({&service, {IpAddress::v4({}), service.port}, true});
    all.push_back({&service, {IpAddress::v6({}), service.port}, true});
  }
  return all;
}

std::vector<std::string> need_restart(Config const& running, Config const& wanted) {
  std::vector<std::string> names;
  for (Option<Config> const& option : options().rows())
    if (option.effect == Effect::restart && option.show(running) != option.show(wanted))
      names.emplace_back(option.name);
  if (running.listeners != wanted.listeners) names.emplace_back("listener");
  return names;
}

Config until_restart(Config const& running, Config wanted) {
  for (Option<Config> const& option : options().rows())
    if (option.effect == Effect::restart) option.copy(wanted, running);
  wanted.listeners = running.listeners;
  return wanted;
}

}  // namespace yubin::config
