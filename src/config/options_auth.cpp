#include <algorithm>

#include "auth/sasl.h"
#include "config/option_groups.h"
#include "config/suggest.h"

namespace yubin::config {

namespace {

using namespace std::chrono_literals;

using Names = server::Mechanisms::Names;

Codec<std::string> mechanism() {
  auto parse = [](std::string_view text) -> Result<std::string> {
    std::vector<std::string_view> const all = auth::sasl_mechanisms();
    if (std::ranges::find(all, text) != all.end()) return std::string(text);
    return fail(Errc::syntax,
                fmt::format("is \"{}\", and there is no such mechanism{}", text, did_you_mean(text, all)));
  };
  return parsed<std::string>(fmt::format("one of {}", fmt::join(auth::sasl_mechanisms(), ", ")), parse,
                             [](std::string const& name) { return name; });
}

// None at all would be a service without login.
Codec<Names> mechanisms() {
  std::size_t const most = auth::sasl_mechanisms().size();
  auto inner = list(mechanism(), most);
  auto read = [read = inner.read](Value const& value) -> Result<Names> {
    TRY(Names names, read(value));
    if (names.empty()) return detail::wrong("is empty, so nobody could log in");
    for (auto name = names.begin(); name != names.end(); ++name)
      if (std::find(names.begin(), name, *name) != name) return detail::wrong(fmt::format("names {} twice", *name));
    return names;
  };
  return {fmt::format("a list of 1 to {}, each {}", most, mechanism().takes), std::move(read), std::move(inner.write)};
}

void add_mechanisms(Options<Config>& table) {
  table.add(
      "auth.mechanisms", [](auto& c) -> auto& { return c.settings.mechanisms.all; }, mechanisms(),
      "The SASL mechanisms that are announced, the best first. SCRAM needs keys that an account gets when its password "
      "is set or first used by PLAIN, so announce it when all accounts have them: clients prefer it and do not try "
      "another. Those with -PLUS are bound to the TLS connection and announced only there. Without PLAIN, IMAP's LOGIN "
      "and POP3's USER are closed too. App passwords need PLAIN or LOGIN.");
  table.add(
      "submission.mechanisms", [](auto& c) -> auto& { return c.settings.mechanisms.submission; },
      optional(mechanisms()), "Those of submission; not set, those of auth.mechanisms.");
  table.add(
      "imap.mechanisms", [](auto& c) -> auto& { return c.settings.mechanisms.imap; }, optional(mechanisms()),
      "Those of IMAP; not set, those of auth.mechanisms.");
  table.add(
      "pop3.mechanisms", [](auto& c) -> auto& { return c.settings.mechanisms.pop3; }, optional(mechanisms()),
      "Those of POP3; not set, those of auth.mechanisms.");
}

void add_tokens(Options<Config>& table) {
  table.add(
      "oauth.keys", [](auto& c) -> auto& { return c.token_keys; }, path(),
      "The file with the public keys (a JWK set) of who issues access tokens, for OAUTHBEARER and XOAUTH2; they must "
      "be "
      "JWTs, signed by RS256, ES256 or EdDSA. When keys change, fetch the file again and reload. Not set: no token is "
      "good.");
  table.add(
      "oauth.issuer", [](auto& c) -> auto& { return c.tokens.issuer; }, text("a text, like an URL", 1024),
      "Who issues the tokens, as their claim \"iss\" has it.");
  table.add(
      "oauth.audience", [](auto& c) -> auto& { return c.tokens.audience; }, text("a text", 1024),
      "What the tokens must be for, as their claim \"aud\" has it.");
  table.add(
      "oauth.claim", [](auto& c) -> auto& { return c.tokens.claim; }, text("the name of a claim", 128),
      "The claim that holds the account's address.");
}

void add_hashing(Options<Config>& table) {
  table
      .add(
          "auth.hashing_threads", [](auto& c) -> auto& { return c.hashing.threads; }, number<unsigned>(0, 256),
          "How many passwords are checked at the same time; 0 is half of the cores.")
      .needs_restart();
  table
      .add(
          "auth.remember_check", [](auto& c) -> auto& { return c.auth.remember_check; },
          duration<std::chrono::seconds>(0s, 30 * 24h),
          "How long a password that was right is known to be right without hashing it again.")
      .needs_restart();
}

void add_guessing(Options<Config>& table) {
  table
      .add(
          "auth.free_guesses", [](auto& c) -> auto& { return c.auth.guesses.network; },
          number<std::uint32_t>(1, 10'000),
          "Different wrong passwords from one network (IPv4 /24, IPv6 /56) that nobody is known in, after which each "
          "further one has to wait, first one second, then twice as long each time. The same for one user in a network "
          "where this user has logged in not long ago.")
      .needs_restart();
  table
      .add(
          "auth.free_guesses_of_known_network", [](auto& c) -> auto& { return c.auth.guesses.known_network; },
          number<std::uint32_t>(1, 10'000),
          "The same for a network where others have logged in not long ago: an office behind one address.")
      .needs_restart();
  table
      .add(
          "auth.free_guesses_at_user", [](auto& c) -> auto& { return c.auth.guesses.user; },
          number<std::uint32_t>(1, 10'000),
          "The same for all networks together that guess at one user and in which nobody is known.")
      .needs_restart();
  table
      .add(
          "auth.longest_wait", [](auto& c) -> auto& { return c.auth.guesses.longest_wait; },
          duration<std::chrono::seconds>(1s, 24h), "The longest that a guesser has to wait before the next password.")
      .needs_restart();
  table
      .add(
          "auth.limit_loopback", [](auto& c) -> auto& { return c.auth.limit_loopback; }, flag(),
          "Guessing from this machine itself is limited too. Not if webmail or another program here logs everybody in "
          "and does not tell their addresses.")
      .needs_restart();
}

}  // namespace

void add_auth(Options<Config>& table) {
  add_mechanisms(table);
  add_tokens(table);
  add_hashing(table);
  add_guessing(table);
}

}  // namespace yubin::config
