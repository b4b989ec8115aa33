// The services: what an administrator can listen for, one row each. Configuration, demo, status and the documents take
// their names and ports from here; a new service is a new row and a file serve_<name>.cpp.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "auth/authenticator.h"
#include "base/clock.h"
#include "base/executor.h"
#include "deliver/local.h"
#include "directory/directory.h"
#include "imap/session.h"
#include "journal/journal.h"
#include "net/listener.h"
#include "net/serve.h"
#include "pop3/session.h"
#include "server/submission.h"
#include "smtp/session.h"
#include "store/store.h"
#include "tls/context.h"

namespace yubin::server {

// The objects that sessions use. All outlive the connections.
struct Objects {
  Clock& clock;
  Executor& pool;  // the storage pool
  store::Store& store;
  directory::Directory& directory;
  journal::Journal& journal;
  auth::Authenticator& authenticator;
  deliver::LocalDelivery& delivery;
  dns::Resolver* resolver = nullptr;  // none: nobody asks the DNS
  directory::SendingCounts* sending = nullptr;
  deliver::Srs const* srs = nullptr;
  BackupRecipients* backup = nullptr;
};

// Of SASL, the best first. A service without some of its own has those that are for all.
struct Mechanisms {
  using Names = std::vector<std::string>;
  Names all{"PLAIN", "LOGIN"};
  std::optional<Names> submission{};
  std::optional<Names> imap{};
  std::optional<Names> pop3{};

  Names const& of(std::optional<Names> const& own) const { return own ? *own : all; }
};

// One generation of what is set for the services. Immutable: a reload makes a new one, connections keep theirs.
struct Settings {
  std::string host_name;         // in greetings and Received fields
  mime::Domain default_domain;   // of <postmaster> without a domain
  std::uint64_t generation = 0;  // filled in when it comes into use; in each entry of the journal that it decided
  // Of MX, submission and LMTP; host_name, starttls and what only one of them has are filled in from elsewhere.
  smtp::Options smtp{};
  ReceptionOptions reception{};
  JudgeOptions judge{};
  SubmissionOptions submission{};
  imap::Options imap{};
  pop3::Options pop3{};
  Mechanisms mechanisms{};                              // filled in from here in imap, pop3 and smtp
  std::shared_ptr<auth::TokenVerifier const> tokens{};  // of OAUTHBEARER and XOAUTH2; none: no token is good
};

// What a handler is made from. The handler keeps no reference to this, only to what `objects` refers to.
struct ServiceContext {
  Objects const& objects;
  std::shared_ptr<Settings const> settings;
  std::shared_ptr<tls::Slot> tls;  // of the row's tls_name; null if there is none
  bool tls_at_once = false;        // RFC 8314 section 3: TLS from the first byte
};

enum class TlsUse { none, by_command, at_once };

struct Service {
  std::string_view name;  // in the configuration: "imaps"
  std::uint16_t port;     // the standard one
  TlsUse tls;
  std::string_view tls_name;  // services of the same name share a TLS context; also the ALPN name (RFC 7301)
  bool login;                 // people log in here
  bool by_default;            // listened for when the administrator names no listener: safe in the open
  // What becomes of a connection. Called once for each generation; the result is called on the connection's loop.
  net::Listener::OnConnection (*make)(ServiceContext const&);
};

std::span<Service const> services();
Service const* find_service(std::string_view name);  // null if there is none

net::Listener::OnConnection serve_lmtp(ServiceContext const& context);
net::Listener::OnConnection serve_mx(ServiceContext const& context);
net::Listener::OnConnection serve_submission(ServiceContext const& context);
net::Listener::OnConnection serve_imap(ServiceContext const& context);
net::Listener::OnConnection serve_pop3(ServiceContext const& context);

}  // namespace yubin::server
