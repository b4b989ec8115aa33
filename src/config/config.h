// The configuration: one file, yubin.toml, read and checked as a whole.
//
//   auto loaded = config::load("/etc/yubin/yubin.toml");
//   if (!loaded) for (std::string const& sentence : loaded.error()) …
//
// Everything that is wrong is reported at once, with file and line; nothing of a wrong file is used. A Config is a
// value and is not changed once it is in use: a reload loads another.
#pragma once

#include <expected>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/dns_facts.h"
#include "auth/authenticator.h"
#include "auth/hashing_pool.h"
#include "auth/token_verifier.h"
#include "base/log.h"
#include "config/option.h"
#include "deliver/remote_options.h"
#include "deliver/report_options.h"
#include "dns/make_resolver.h"
#include "journal/journal.h"
#include "kv/collector.h"
#include "kv/memory_plan.h"
#include "kv/segment_bodies.h"
#include "net/endpoint.h"
#include "net/gate.h"
#include "policy/signing_options.h"
#include "queue/outgoing.h"
#include "server/services.h"
#include "store/housekeeping.h"

namespace yubin::config {

struct Listener {
  server::Service const* service = nullptr;
  net::Endpoint where;
  bool if_available = false;     // no error when the machine has no such address
  bool legacy_tls = false;       // TLS 1.0 and 1.1 too
  std::filesystem::path path{};  // of a socket of this machine, in place of where; empty: it is none
  int line = 0;

  friend bool operator==(Listener const& a, Listener const& b) {
    return a.service == b.service && a.where == b.where && a.path == b.path && a.if_available == b.if_available &&
           a.legacy_tls == b.legacy_tls;
  }
};

// One certificate besides the first; clients choose by the name that they ask for (RFC 6066 section 3).
struct Certificate {
  std::filesystem::path file;
  std::filesystem::path key;
  int line = 0;
};

struct Config {
  server::Settings settings{.host_name = "", .default_domain = mime::Domain::parse("localhost").value()};
  std::optional<mime::Domain> default_domain;  // goes into the settings; the host name if not set
  std::filesystem::path certificate;           // both empty: no TLS
  std::filesystem::path key;
  std::vector<Certificate> more_certificates;
  net::GateOptions limits{};                               // of the services with a login
  net::GateOptions mx_limits = net::gate_without_login();  // of MX and LMTP
  std::vector<IpNetwork> exempt;                           // from what both say of addresses and networks
  std::vector<IpNetwork> proxies;
  std::string user = "yubin";  // that a server started as root becomes; empty: it stays root
  std::filesystem::path store_directory = "/var/lib/yubin";
  std::filesystem::path admin_socket = "/run/yubin/admin.sock";
  std::filesystem::path backup_directory = "/var/backups/yubin";
  LogLevel log_level = LogLevel::info;
  std::uint64_t memory_max = kv::kDefaultMemory;
  kv::SegmentBodies::Options bodies{};
  store::Housekeeping::Options housekeeping{};
  kv::Collector::Options collector{};
  journal::Options journal{};
  auth::Authenticator::Options auth{};
  auth::HashingPool::Options hashing{.threads = 0, .queue = {}};  // 0: half of the cores
  auth::TokenOptions tokens{};
  std::filesystem::path token_keys;  // empty: no token is good
  deliver::RemoteOptions outgoing{};
  deliver::MailRoute relay{.name = "outgoing.relay"};  // of outgoing.relay*; without a host it is none
  queue::Options queue{};
  deliver::ReportOptions reports{};
  policy::SigningOptions signing{};
  api::DnsOptions published{};  // what the DNS says of us
  dns::Options dns{};
  std::vector<Listener> listeners;  // those of the file, or default_listeners()
};

struct Loaded {
  Config config;
  std::map<std::string, int, std::less<>> lines;  // of the options that the file sets
};

// Complete lines for the administrator: "yubin.toml:3: imap.idle_time must be …".
using Problems = std::vector<std::string>;

std::expected<Loaded, Problems> parse(std::string_view text, std::string_view file_name);
// The file is at most 1 MiB.
std::expected<Loaded, Problems> load(std::filesystem::path const& file);

Options<Config> const& options();
Options<Listener> const& listener_options();            // of one [[listener]]
Options<Certificate> const& certificate_options();      // of one [[certificate]]
Options<deliver::MailRoute> const& route_options();     // of one [[route]]
Options<server::BackupDomain> const& backup_options();  // of one [[backup_mx]]

// What is listened for when the file has no [[listener]]: the services that are secure from the start, on all
// addresses.
std::vector<Listener> default_listeners();

// Names of the options that differ and are felt only after a restart.
std::vector<std::string> need_restart(Config const& running, Config const& wanted);
// What a reload puts in force: what is wanted, but those options as they are running.
Config until_restart(Config const& running, Config wanted);

}  // namespace yubin::config
