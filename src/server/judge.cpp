#include "server/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <optional>

#include "deliver/policy_dns.h"
#include "policy/authentication_results.h"
#include "server/dmarc_seen.h"

namespace yubin::server {

namespace {

using policy::Mode;

// Questions that are asked at the same time, and the answers as they come, on the resolver's threads.
struct Round {
  std::vector<dns::Answer> answers;
  std::atomic<std::size_t> missing;
  net::Resume resume;
};

net::Task<std::vector<dns::Answer>> ask_all(dns::Resolver& resolver, std::vector<dns::Question> questions) {
  auto round = std::make_shared<Round>();
  round->answers.resize(questions.size());
  round->missing = questions.size();
  auto start = [&](net::Resume resume) {
    round->resume = std::move(resume);
    for (std::size_t i = 0; i < questions.size(); ++i) {
      resolver.look_up(questions[i], [round, i](dns::Answer answer) {
        round->answers[i] = std::move(answer);
        if (--round->missing == 0) round->resume();
      });
    }
  };
  co_await net::suspend(std::move(start));
  co_return std::move(round->answers);
}

struct Running {
  policy::Check* check;
  std::vector<policy::Question> questions{};
  std::optional<policy::Finding> finding{};
};

void poll_all(std::vector<Running>& checks) {
  for (Running& one : checks) {
    if (one.finding) continue;
    policy::Step step = one.check->poll();
    if (auto* finding = std::get_if<policy::Finding>(&step)) {
      one.finding = std::move(*finding);
      one.questions.clear();
    } else {
      one.questions = std::move(std::get<policy::Lookup>(step).questions);
    }
  }
}

class Court {
 public:
  Court(dns::Resolver& resolver, Executor& pool, Clock const& clock, std::chrono::milliseconds patience)
      : resolver_(resolver), pool_(pool), clock_(clock), until_(clock.steady() + patience) {}

  // Until each has its finding.
  net::Task<std::vector<policy::Finding>> run(std::vector<policy::Check*> checks) {
    std::vector<Running> running;
    running.reserve(checks.size());
    for (policy::Check* check : checks) running.push_back({check});
    auto poll = [&] { poll_all(running); };
    co_await net::run_on(pool_, Lane::delivery, std::ref(poll));
    while (std::ranges::any_of(running, [](Running const& one) { return !one.finding; })) {
      co_await answer(running);
      co_await net::run_on(pool_, Lane::delivery, std::ref(poll));
    }
    std::vector<policy::Finding> findings;
    findings.reserve(running.size());
    for (Running& one : running) findings.push_back(*std::move(one.finding));
    co_return findings;
  }

 private:
  net::Task<> answer(std::vector<Running>& running) {
    std::vector<dns::Question> questions;
    for (Running const& one : running) {
      for (policy::Question const& question : one.questions) questions.push_back(deliver::to_dns(question));
    }
    std::vector<dns::Answer> answers(questions.size());  // temporary, all of them
    if (clock_.steady() < until_) answers = co_await ask_all(resolver_, questions);
    std::size_t next = 0;
    for (Running& one : running) {
      if (one.finding) continue;
      std::vector<policy::Answer> own;
      own.reserve(one.questions.size());
      for (std::size_t i = 0; i < one.questions.size(); ++i, ++next)
        own.push_back(deliver::from_dns(questions[next].type, std::move(answers[next])));
      one.check->resume(std::move(own));
    }
  }

  dns::Resolver& resolver_;
  Executor& pool_;
  Clock const& clock_;
  SteadyTime until_;
};

// Those that are wanted; the others stay empty.
struct Checks {
  std::optional<policy::IprevCheck> iprev{};
  std::optional<policy::SpfCheck> spf{};
  std::optional<policy::DkimCheck> dkim{};
  std::optional<policy::ArcCheck> arc{};
  std::optional<policy::DmarcCheck> dmarc{};

  Checks(JudgeRequest const& request, WallTime now) {
    if (request.options.spf != Mode::off) {
      iprev.emplace(request.client);
      spf.emplace(policy::SpfRequest{request.client, request.helo, request.sender, request.host_name, now});
    }
    if (request.options.dkim != Mode::off) {
      dkim.emplace(request.message, now);
      arc.emplace(request.message);
    }
  }
  std::vector<policy::Check*> first() {
    std::vector<policy::Check*> out;
    if (spf) out.insert(out.end(), {&*iprev, &*spf});
    if (dkim) out.insert(out.end(), {&*dkim, &*arc});
    return out;
  }
  policy::CheckedBy all() const {
    return {.iprev = iprev ? &*iprev : nullptr,
            .spf = spf ? &*spf : nullptr,
            .dkim = dkim ? &*dkim : nullptr,
            .arc = arc ? &*arc : nullptr,
            .dmarc = dmarc ? &*dmarc : nullptr};
  }
};

}  // namespace

net::Task<Judgement> judge(dns::Resolver& resolver, Executor& pool, Clock const& clock, JudgeRequest request) {
  Court court(resolver, pool, clock, request.options.patience);
  Checks checks(request, clock.now());
  Judgement out;
  std::vector<policy::Check*> const first = checks.first();
  out.findings = co_await court.run(first);
  policy::DmarcRequest const known =
      policy::dmarc_request(request.message->author(), checks.spf ? &checks.spf->outcome() : nullptr,
                            checks.dkim ? &checks.dkim->outcomes() : nullptr);
  if (request.options.dmarc != Mode::off) {
    checks.dmarc.emplace(known);
    std::vector<policy::Check*> const last{&*checks.dmarc};
    std::vector<policy::Finding> found = co_await court.run(last);
    out.findings.push_back(std::move(found.front()));
    out.aligned = checks.dmarc->outcome().aligned;
    out.seen =
        dmarc_seen(request.client, request.sender, checks.dmarc->outcome(),
                   checks.spf ? &checks.spf->outcome() : nullptr, checks.dkim ? &checks.dkim->outcomes() : nullptr);
  }
  out.vouching = vouching_of(known, checks.dmarc ? &checks.dmarc->outcome() : nullptr);
  out.results = policy::authentication_results(request.host_name, checks.all());
  co_return out;
}

std::string line_of(policy::Finding const& finding) {
  std::string evidence;
  for (policy::Evidence const& one : finding.evidence)
    evidence += fmt::format("{}{} {}", evidence.empty() ? "" : "; ", one.name, one.value);
  return fmt::format("{}: {}{}", finding.result, finding.summary, evidence.empty() ? "" : " (" + evidence + ")");
}

}  // namespace yubin::server
