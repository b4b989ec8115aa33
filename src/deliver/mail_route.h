// Which way mail leaves this server, by recipient and by sender: each domain's own hosts, a relay, a program that takes
// mail by LMTP; or not before somebody releases it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "smtp/path.h"

namespace yubin::deliver {

// "example.org": that domain. ".example.org": all below it. "*": any. "somebody@example.org", for a sender: that
// address; "<>": the null reverse-path.
class RoutePattern {
 public:
  static Result<RoutePattern> parse(std::string_view text);  // Errc::syntax
  std::string const& text() const { return text_; }

  bool fits_domain(std::string_view domain) const;  // in lower case
  bool fits(smtp::ReversePath const& sender) const;

  friend bool operator==(RoutePattern const&, RoutePattern const&) = default;

 private:
  explicit RoutePattern(std::string text) : text_(std::move(text)) {}
  std::string text_;  // in lower case
};

// "smtp.example.org:587", "[192.0.2.1]:25", "/run/dovecot/lmtp".
struct MailHost {
  std::string host{};  // a name, or an address in brackets
  std::uint16_t port = 587;
  std::filesystem::path socket{};  // of this machine, in place of both

  // Without a port it is 587. Errc::syntax.
  static Result<MailHost> parse(std::string_view text);
  std::string text() const;  // empty: none is set

  friend bool operator==(MailHost const&, MailHost const&) = default;
};

struct MailRoute {
  enum class Via { direct, relay, lmtp, hold };
  enum class Tls {
    verified,    // it must be there, with a certificate for the host's name that somebody vouches for
    required,    // it must be there
    if_offered,  // and in clear if it is not, or if it fails
    never,
  };

  std::string name{};  // for people; that of the route without settings is empty
  Via via = Via::direct;
  std::vector<RoutePattern> to{};    // domains of recipients; none: it is for those that ask for it by its name
  std::vector<RoutePattern> from{};  // envelope senders; none: any
  MailHost where{};                  // of a relay, or for LMTP
  std::optional<Tls> tls{};          // none: verified to a relay, if_offered for LMTP
  std::string user{};                // empty: no login
  std::filesystem::path password{};  // the file with the password on its first line, read at each login
  std::filesystem::path token{};     // or the file with an OAuth access token, which somebody else keeps fresh
  int line = 0;                      // in the configuration file

  bool has_host() const { return via == Via::relay || via == Via::lmtp; }
  bool logs_in() const { return via == Via::relay && !user.empty(); }
  // RFC 8314 section 3.3: on this port TLS begins with the first byte.
  bool has_implicit_tls() const { return via == Via::relay && where.port == 465; }
  Tls tls_in_force() const { return tls.value_or(via == Via::lmtp ? Tls::if_offered : Tls::verified); }

  friend bool operator==(MailRoute const& a, MailRoute const& b) {
    return a.name == b.name && a.via == b.via && a.to == b.to && a.from == b.from && a.where == b.where &&
           a.tls == b.tls && a.user == b.user && a.password == b.password && a.token == b.token;
  }
};

// The first that fits both; none: to the domain's own hosts. What is held does not count: that was decided when the
// mail was accepted, and somebody has released it since. Points into `routes`.
MailRoute const& find_route(std::span<MailRoute const> routes, std::string_view destination,
                            smtp::ReversePath const& sender);
// Whether mail waits until somebody releases it: the first that fits both says so.
bool is_held(std::span<MailRoute const> routes, std::string_view destination, smtp::ReversePath const& sender);
// The host of a relay that takes all mail, but for what other routes take; empty: there is none.
std::string relay_for_all(std::span<MailRoute const> routes);
// By its name; null: there is none.
MailRoute const* find_route(std::span<MailRoute const> routes, std::string_view name);

}  // namespace yubin::deliver
