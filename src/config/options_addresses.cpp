// What is done to addresses; and one [[backup_mx]].
#include "config/option_groups.h"

namespace yubin::config {

namespace {

using deliver::CanonicalRule;
using deliver::CopyRule;
using server::BackupDomain;

constexpr std::size_t kMostRules = 10'000;

Codec<std::vector<CopyRule>> copies() {
  return list(parsed<CopyRule>("a domain, \".example.org\", \"*\" or an address, and who gets the copy: "
                               "\"example.org=archive@example.org\"",
                               &CopyRule::parse, [](CopyRule const& rule) { return rule.text(); }),
              kMostRules);
}

Codec<std::string> domain_name() {
  auto parse = [](std::string_view text) -> Result<std::string> {
    TRY(mime::Domain const domain, mime::Domain::parse(text));
    return domain.text();
  };
  return parsed<std::string>("a domain", std::move(parse), [](std::string const& name) { return name; });
}

Codec<std::string> local_part() {
  auto parse = [](std::string_view text) -> Result<std::string> {
    TRY(mime::LocalPart const local, mime::LocalPart::parse(text));
    return local.folded();
  };
  return parsed<std::string>("what stands before the @", std::move(parse),
                             [](std::string const& name) { return name; });
}

// A secondary MX says yes to whom the primary says yes to; for "*" that would make it an open relay, since each
// domain's own hosts say yes to their own.
Codec<deliver::RoutePattern> backed_up() {
  using deliver::RoutePattern;
  auto parse = [](std::string_view text) -> Result<RoutePattern> {
    TRY(RoutePattern pattern, RoutePattern::parse(text));
    if (pattern.text().find_first_of("*<@") != std::string::npos) return fail(Errc::syntax, "that is no domain");
    return pattern;
  };
  return parsed<RoutePattern>("a domain, or \".example.org\" for all below one", std::move(parse),
                              [](RoutePattern const& pattern) { return pattern.text(); });
}

}  // namespace

void add_addresses(Options<Config>& table) {
  table.add(
      "addresses.masquerade", [](auto& c) -> auto& { return c.settings.reception.addresses.masquerade; },
      list(domain_name(), 1000),
      "Domains that hide the names of the machines below them: root@host.example.org is root@example.org in the "
      "envelope's sender and the header of mail that people who have logged in and programs of this machine send.");
  table.add(
      "addresses.masquerade_except", [](auto& c) -> auto& { return c.settings.reception.addresses.masquerade_except; },
      list(local_part(), 1000), "Names before the @ that keep their machine, like \"root\".");
  table.add(
      "addresses.canonical", [](auto& c) -> auto& { return c.settings.reception.addresses.canonical; },
      list(parsed<CanonicalRule>("two addresses like \"root@host.example.org=sysmail@example.org\"; either part of "
                                 "them may be missing: \"@old.example=@new.example\"",
                                 &CanonicalRule::parse, [](CanonicalRule const& rule) { return rule.text(); }),
           kMostRules),
      "Addresses that stand for others in the same mail, recipients too. The first that fits is taken, once, before "
      "addresses.masquerade. What From was is kept as X-Original-From.");
  table.add(
      "addresses.copies_of_sent", [](auto& c) -> auto& { return c.settings.reception.addresses.copies_of_sent; },
      copies(), "Mail whose envelope sender fits is also for somebody else, who sees it as it is.");
  table.add(
      "addresses.copies_of_received",
      [](auto& c) -> auto& { return c.settings.reception.addresses.copies_of_received; }, copies(),
      "Mail with a recipient that fits is also for somebody else.");
  table.add(
      "addresses.srs_domain", [](auto& c) -> auto& { return c.settings.reception.srs_domain; },
      optional(parsed<mime::Domain>("a domain of this server", &mime::Domain::parse,
                                    [](mime::Domain const& d) { return d.unicode(); })),
      "The domain of the senders' addresses that mail gets which an alias leads to another domain (SRS), so that it "
      "passes SPF there; its MX must be this server. Not set, it is default_domain.");
}

Options<BackupDomain> const& backup_options() {
  static Options<BackupDomain> const table = [] {
    Options<BackupDomain> made;
    made.add(
            "domain", [](auto& b) -> auto& { return b.domain; }, optional(backed_up()),
            "The domain that this server is a secondary MX of: it takes its mail, keeps it in the queue, and brings it "
            "to "
            "the hosts that its MX records prefer, or where a [[route]] says.")
        .is_required();
    made.add(
        "recipients", [](auto& b) -> auto& { return b.recipients; }, path(),
        "A file with an address in each line (\"@example.org\": everybody), which is read again when it has changed. "
        "Not "
        "set, the primary is asked for each address, and what it says is remembered.");
    made.add(
        "take_unknown", [](auto& b) -> auto& { return b.take_unknown; }, flag(),
        "While the primary does not answer, mail for addresses that it was never asked for is taken all the same; else "
        "it is put off (450).");
    return made;
  }();
  return table;
}

}  // namespace yubin::config
