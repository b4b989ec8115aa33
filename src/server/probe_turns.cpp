#include "server/probe_turns.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace yubin::server {

namespace {

deliver::RouteReport too_many_wait() {
  return {.asked = smtp::Deferred{{{4, 3, 2}, "", "", "too many addresses of this domain are asked for"}}};
}

}  // namespace

void ProbeTurns::ask(deliver::RouteQuestion question, Done done) {
  std::optional<deliver::RouteReport> known;
  {
    std::lock_guard const lock(mutex_);
    auto const unsaid = unsaid_.find(question.to->folded());
    if (unsaid != unsaid_.end() && clock_.steady() < unsaid->second.until) {
      known = unsaid->second.report;
    } else {
      Domain& domain = domains_[question.to->domain().text()];
      bool const must_wait = domain.asking.size() == kAtOnce || domain.asking.contains(question.to->folded());
      if (must_wait && domain.waiting.size() < kMostWaiting)
        return domain.waiting.push_back({std::move(question), std::move(done)});
      if (must_wait) {
        known = too_many_wait();
      } else {
        domain.asking.insert(question.to->folded());
      }
    }
  }
  if (known) return done(*std::move(known));
  begin(std::move(question), std::move(done));
}

void ProbeTurns::begin(deliver::RouteQuestion question, Done done) {
  mime::Address const address = *question.to;
  probe_(std::move(question), [this, address, done = std::move(done)](deliver::RouteReport report) mutable {
    ended(address, std::move(done), std::move(report));
  });
}

void ProbeTurns::ended(mime::Address const& address, Done done, deliver::RouteReport report) {
  std::vector<Done> answered;
  std::optional<Waiting> next;
  {
    std::lock_guard const lock(mutex_);
    remember(address, report);
    auto const at = domains_.find(address.domain().text());
    auto& [asking, waiting] = at->second;
    asking.erase(address.folded());
    std::erase_if(waiting, [&](Waiting& one) {
      bool const is_answered = !report.asked || one.question.to->folded() == address.folded();
      if (is_answered) answered.push_back(std::move(one.done));
      return is_answered;
    });
    auto const first =
        std::ranges::find_if(waiting, [&](Waiting const& one) { return !asking.contains(one.question.to->folded()); });
    if (first != waiting.end()) {
      next = std::move(*first);
      waiting.erase(first);
      asking.insert(next->question.to->folded());
    }
    if (asking.empty()) domains_.erase(at);
  }
  if (next) begin(std::move(next->question), std::move(next->done));
  for (Done& one : answered) one(report);
  done(std::move(report));
}

// With the lock held. That nobody answers at all is remembered by who asked (BackupRecipients).
void ProbeTurns::remember(mime::Address const& address, deliver::RouteReport const& report) {
  if (!report.asked || !std::holds_alternative<smtp::Deferred>(*report.asked)) return;
  std::erase_if(unsaid_, [this](auto const& one) { return one.second.until <= clock_.steady(); });
  if (unsaid_.size() < kMostUnsaid)
    unsaid_.insert_or_assign(address.folded(), Unsaid{clock_.steady() + kUnsaidFor, report});
}

}  // namespace yubin::server
