// One [[route]]: which way mail leaves this server.
#include "config/option_groups.h"

namespace yubin::config {

namespace {

using deliver::MailHost;
using deliver::MailRoute;
using deliver::RoutePattern;

Codec<std::vector<RoutePattern>> patterns(std::string takes) {
  return list(parsed<RoutePattern>(std::move(takes), &RoutePattern::parse,
                                   [](RoutePattern const& pattern) { return pattern.text(); }),
              10'000);
}

Codec<MailHost> host() {
  auto parse = [](std::string_view text) -> Result<MailHost> {
    if (text.empty()) return MailHost{};
    return MailHost::parse(text);
  };
  return parsed<MailHost>("a host, a host and a port like \"smtp.example.org:587\", or for lmtp the path of a socket",
                          std::move(parse), [](MailHost const& where) { return where.text(); });
}

void add_way(Options<MailRoute>& table) {
  using Via = MailRoute::Via;
  using Tls = MailRoute::Tls;
  table
      .add(
          "via", [](auto& r) -> auto& { return r.via; },
          choice<Via>({{"direct", Via::direct}, {"relay", Via::relay}, {"lmtp", Via::lmtp}, {"hold", Via::hold}}),
          "The way: the domain's own hosts; one host that takes all of it; a host or a program of this machine that "
          "takes mail by LMTP; or none before `yubin queue release`.")
      .is_required();
  table.add(
      "host", [](auto& r) -> auto& { return r.where; }, host(),
      "The host of a relay or for LMTP. On port 465 a relay speaks TLS from the first byte.");
  table.add(
      "tls", [](auto& r) -> auto& { return r.tls; },
      optional(choice<Tls>({{"verified", Tls::verified},
                            {"required", Tls::required},
                            {"if_offered", Tls::if_offered},
                            {"never", Tls::never}})),
      "The TLS to that host: with a certificate for its name that an authority or DANE vouches for, with any, if "
      "there is some, or none. Not set, it is verified to a relay and if_offered for LMTP.");
}

void add_login(Options<MailRoute>& table) {
  table.add(
      "user", [](auto& r) -> auto& { return r.user; }, text("a user's name, or empty", 255),
      "Who logs in to the relay. Empty: nobody does.");
  table.add(
      "password_file", [](auto& r) -> auto& { return r.password; }, path(),
      "The file with the password for that, on its first line; it is read at each login. The server's user must be "
      "able to read it, nobody else.");
  table.add(
      "token_file", [](auto& r) -> auto& { return r.token; }, path(),
      "In place of the password, the file with an OAuth access token on its first line, for OAUTHBEARER and "
      "XOAUTH2. It is read at each login; some other program keeps it fresh.");
}

}  // namespace

Options<MailRoute> const& route_options() {
  static Options<MailRoute> const table = [] {
    Options<MailRoute> made;
    made.add(
            "name", [](auto& r) -> auto& { return r.name; }, text("a name of at most 64 bytes", 64),
            "What it is called in the journal, in `yubin relay test` and in outgoing.fallback_relay.")
        .is_required();
    made.add(
        "to", [](auto& r) -> auto& { return r.to; },
        patterns("a domain; \".example.org\" for all below one, or \"*\" for any"),
        "The recipients' domains that it is for. The first route that fits a message is taken.");
    made.add(
        "from", [](auto& r) -> auto& { return r.from; },
        patterns("an address, a domain, \".example.org\" for all below one, \"*\" or \"<>\""),
        "The envelope senders that it is for; empty: any. \"<>\" is the sender of reports. A route with neither to "
        "nor from is taken only where its name is written.");
    add_way(made);
    add_login(made);
    return made;
  }();
  return table;
}

}  // namespace yubin::config
