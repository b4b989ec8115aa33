#include "api/dns_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <future>

#include "base/log.h"
#include "dns/ask_all.h"

namespace yubin::api {

namespace {

using Findings = std::vector<DnsFinding>;

constexpr LogEvent kWrong{"dns.wrong", LogLevel::warning,
                          "what the DNS says of a domain of ours is not as it should be"};
constexpr LogEvent kRight{"dns.right", LogLevel::info, "what was wrong in the DNS is right again"};
constexpr std::size_t kMostWarnings = 20;

std::vector<dns::Answer> ask(dns::Resolver& resolver, std::vector<dns::Question> questions) {
  std::promise<std::vector<dns::Answer>> answers;
  dns::ask_all(resolver, std::move(questions),
               [&](std::vector<dns::Answer> found) { answers.set_value(std::move(found)); });
  return answers.get_future().get();
}

std::string place_of(DnsFinding const& finding) {
  return finding.name + " " + finding.type;
}

bool has_text(std::vector<DnsWatch::Wrong> const& list, std::string const& text) {
  return std::ranges::find(list, text, &DnsWatch::Wrong::text) != list.end();
}

std::vector<DnsWatch::Wrong> wrong_of(Findings const& findings) {
  std::vector<DnsWatch::Wrong> out;
  for (DnsFinding const& one : findings)
    if (one.verdict == DnsFinding::Verdict::bad)
      out.push_back({place_of(one), fmt::format("{}: {}", place_of(one), one.words)});
  return out;
}

}  // namespace

DnsWatch::DnsWatch(Services services)
    : services_(std::move(services)), thread_([](std::vector<Job> jobs) {
        for (Job& job : jobs) job();
      }) {}

DnsFacts DnsWatch::facts() const {
  DnsFacts facts = services_.facts();
  auto const host = mime::Domain::parse(facts.host_name);
  if (host) facts.host_is_domain = services_.directory.find_domain(*host).value_or(std::nullopt).has_value();
  return facts;
}

DnsWorld DnsWatch::world() const {
  return {.facts = facts(),
          .ask = [resolver = services_.resolver](
                     std::vector<dns::Question> questions) { return ask(*resolver, std::move(questions)); },
          .now = services_.clock.now()};
}

Findings DnsWatch::run_host() {
  Findings found = check_host(world());
  note("", found);
  return found;
}

Result<Findings> DnsWatch::run(mime::Domain const& domain) {
  if (services_.resolver == nullptr) return fail(Errc::conflict, "this server asks no DNS");
  TRY(std::optional<directory::Domain> const known, services_.directory.find_domain(domain));
  if (!known) return fail(Errc::not_found, "no such domain: " + domain.text());
  TRY(policy::KeyRing::Keys const keys, services_.ring.of(domain));
  Findings found = check_domain(world(), domain, keys);
  note(domain.text(), found);
  return found;
}

void DnsWatch::check(mime::Domain domain, OnChecked done) {
  thread_.push([this, domain = std::move(domain), done = std::move(done)]() mutable {
    Result<Findings> all = run(domain);
    if (all) std::ranges::move(run_host(), std::back_inserter(*all));
    done(std::move(all));
  });
}

// An alarm is for what has changed.
void DnsWatch::note(std::string const& about, Findings const& findings) {
  std::vector<Wrong> now = wrong_of(findings);
  auto is_unknown = [&](std::string const& place) {
    return std::ranges::any_of(findings, [&](DnsFinding const& one) {
      return one.verdict == DnsFinding::Verdict::unknown && place_of(one) == place;
    });
  };
  std::lock_guard const lock(mutex_);
  std::vector<Wrong>& before = wrong_[about];
  // What could not be asked now is as it was; the rest is known, whatever else could not be asked.
  for (Wrong const& one : before) {
    if (has_text(now, one.text)) continue;
    if (is_unknown(one.place)) {
      now.push_back(one);
    } else {
      log(kRight, {{"about", about}, {"what", one.text}});
    }
  }
  for (Wrong const& one : now) {
    if (!has_text(before, one.text)) log(kWrong, {{"about", about}, {"what", one.text}});
  }
  before = std::move(now);
}

Result<Turn> DnsWatch::check_one() {
  if (services_.resolver == nullptr) return Turn::done;
  if (round_.empty()) {
    TRY(std::vector<directory::Domain> const domains, services_.directory.domains());
    for (directory::Domain const& domain : domains) round_.push_back(domain.name);
    host_is_checked_ = false;
    std::lock_guard const lock(mutex_);
    std::erase_if(wrong_, [&](auto const& one) {
      return !one.first.empty() && std::ranges::find(round_, one.first, &mime::Domain::text) == round_.end();
    });
  }
  if (round_.empty()) return Turn::done;
  if (!host_is_checked_) {
    host_is_checked_ = true;
    (void)run_host();  // noted
    return Turn::more;
  }
  mime::Domain const domain = std::move(round_.back());
  round_.pop_back();
  Result<Findings> const found = run(domain);
  if (!found && found.error().code != Errc::not_found) return std::unexpected(found.error());
  return round_.empty() ? Turn::done : Turn::more;
}

std::vector<std::string> DnsWatch::warnings() const {
  std::lock_guard const lock(mutex_);
  std::vector<std::string> out;
  for (auto const& [about, wrong] : wrong_) {
    for (Wrong const& one : wrong) {
      if (out.size() < kMostWarnings)
        out.push_back(fmt::format("in the DNS{}: {}", about.empty() ? "" : " of " + about, one.text));
    }
  }
  return out;
}

}  // namespace yubin::api
