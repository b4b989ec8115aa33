#include "deliver/remote.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "deliver/attempt.h"
#include "deliver/deliver_here.h"
#include "deliver/route_checker.h"
#include "deliver/send_report.h"
#include "net/connect.h"
#include "queue/failure_class.h"

namespace yubin::deliver {

namespace {

constexpr LogEvent kNotTaken{"deliver.not_taken", LogLevel::error, "what is due in the queue cannot be read"};
constexpr LogEvent kNotSettled{"deliver.not_settled", LogLevel::error,
                               "what became of a message cannot be written; it will be sent again"};
constexpr LogEvent kNotReported{"deliver.not_reported", LogLevel::error,
                                "the report to a message's sender cannot be stored"};
constexpr LogEvent kOutgoing{"deliver.fate", LogLevel::info, "what became of an outgoing message for one recipient"};

constexpr std::size_t kHeader = 32 * 1024;  // of a header section that is repeated
constexpr std::size_t kWhole = 256 * 1024;  // of a message that is repeated; RFC 3461 section 4.3: longer ones need not

bool has_failed(smtp::Outcome const& outcome) {
  return std::holds_alternative<smtp::Failed>(outcome);
}

// RFC 3461 section 6.2: all of it only if that was asked for, and only of what failed. What is not made of lines cannot
// stand in a report.
ReportOriginal original_of(kv::Bodies const& bodies, queue::MessageRow const& message, ReportAction action) {
  bool const whole = action == ReportAction::failed && message.parameters.ret == smtp::Return::full &&
                     message.body.size <= kWhole && message.parameters.body != smtp::BodyType::binary_mime;
  // Without it the report still says what matters.
  std::string text = bodies.read(message.body.id, 0, whole ? kWhole : kHeader).value_or("");
  if (!whole) {
    std::size_t const end = text.find("\r\n\r\n");
    if (end != std::string::npos) text.resize(end + 2);
  }
  return {std::move(text), whole};
}

ReportServices reporting(RemoteServices const& services) {
  return {services.store, services.directory, services.local,         services.journal, services.pool,
          services.clock, services.host_name, services.report_domain, services.srs};
}

ReportOrder order_of(RemoteServices const& services, queue::Job const& job, ReportAction action,
                     std::vector<ReportRecipient> recipients) {
  queue::MessageRow const& message = job.message;
  return {.about = job.id,
          .subject = {message.reverse_path, message.parameters, message.accepted, message.message_id},
          .action = action,
          .recipients = std::move(recipients),
          .original = [&bodies = services.bodies, message, action] { return original_of(bodies, message, action); }};
}

net::Task<Result<>> report_failures(RemoteServices const& services, queue::Job const& job,
                                    std::vector<smtp::Outcome> const& outcomes) {
  std::vector<ReportRecipient> recipients;
  for (std::size_t i = 0; i < outcomes.size(); ++i)
    if (has_failed(outcomes[i])) recipients.push_back({job.recipients[i].row.recipient, detail(outcomes[i])});
  ReportOrder order = order_of(services, job, ReportAction::failed, std::move(recipients));
  Result<> reported = co_await send_report(reporting(services), std::move(order));
  co_return reported;
}

// Marks those who need not be told again.
net::Task<Result<>> report_delays(RemoteServices const& services, queue::Job& job,
                                  std::vector<smtp::Outcome> const& outcomes) {
  std::vector<ReportRecipient> recipients;
  std::vector<std::size_t> told;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (!std::holds_alternative<smtp::Deferred>(outcomes[i]) || !services.queue.should_warn(job, i)) continue;
    recipients.push_back(
        {job.recipients[i].row.recipient, detail(outcomes[i]), services.queue.gives_up_at(job.message)});
    told.push_back(i);
  }
  if (told.empty()) co_return Result<>{};
  ReportOrder order = order_of(services, job, ReportAction::delayed, std::move(recipients));
  CO_TRY_VOID(co_await send_report(reporting(services), std::move(order)));
  for (std::size_t const i : told) job.recipients[i].row.warned = true;
  co_return Result<>{};
}

net::Task<Result<>> report_relayed(RemoteServices const& services, queue::Job const& job,
                                   std::vector<smtp::Outcome> const& outcomes) {
  std::vector<ReportRecipient> recipients;
  for (std::size_t i = 0; i < outcomes.size(); ++i)
    if (std::holds_alternative<smtp::Delivered>(outcomes[i]))
      recipients.push_back({job.recipients[i].row.recipient, detail(outcomes[i])});
  if (recipients.empty()) co_return Result<>{};
  ReportOrder order = order_of(services, job, ReportAction::relayed, std::move(recipients));
  Result<> reported = co_await send_report(reporting(services), std::move(order));
  co_return reported;
}

// The sender must be told, so nothing has failed until that is possible.
void defer_failed(std::vector<smtp::Outcome>& outcomes, std::string const& reason) {
  for (smtp::Outcome& outcome : outcomes) {
    auto* failed = std::get_if<smtp::Failed>(&outcome);
    if (failed == nullptr) continue;
    smtp::OutcomeDetail why = std::move(*failed);
    why.status.status_class = 4;
    why.note += "; the report to the sender cannot be stored: " + reason;
    outcome = smtp::Deferred{std::move(why)};
  }
}

void log_fates(queue::Job const& job, std::vector<smtp::Outcome> const& outcomes, Way const& way) {
  constexpr std::string_view kFates[] = {"delivered", "deferred", "failed"};
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    smtp::OutcomeDetail const& d = detail(outcomes[i]);
    bool const taken = std::holds_alternative<smtp::Delivered>(outcomes[i]);
    log(kOutgoing, {{"fate", kFates[outcomes[i].index()]},
                    {"id", job.id.text()},
                    {"from", job.message.reverse_path.text()},
                    {"to", job.recipients[i].row.recipient.path.text()},
                    {"status", d.status.text()},
                    {"class", taken ? std::string_view("taken") : to_string(queue::classify(d))},
                    {"relay", d.remote_host},
                    {"tls", way.text()},
                    {"said", d.remote_text},
                    {"note", d.note}});
  }
}

journal::Entry entry_of(RemoteServices const& services, queue::Job const& job,
                        std::vector<smtp::Outcome> const& outcomes, Way const& way) {
  journal::Entry entry;
  entry.id = services.journal.next_id();
  entry.kind = journal::Kind::delivery;
  entry.service = "remote";
  entry.peer = way.peer;
  entry.tls = way.tls;
  if (auto const& sender = job.message.reverse_path.address()) entry.sender = sender->text();
  entry.message_id = job.message.message_id;
  entry.size = job.message.body.size;
  entry.verdict = std::ranges::any_of(outcomes, has_failed) ? "failed" : "attempted";
  entry.facts = {{std::string(journal::kAbout), job.id.text()}};
  entry.facts.insert(entry.facts.end(), way.facts.begin(), way.facts.end());
  return entry;
}

net::Task<> report(RemoteServices const& services, queue::Job& job, std::vector<smtp::Outcome>& outcomes,
                   PeerReports peer_reports) {
  if (std::ranges::any_of(outcomes, has_failed)) {
    Result<> const reported = co_await report_failures(services, job, outcomes);
    if (!reported) log(kNotReported, {{"id", job.id.text()}, {"detail", reported.error().detail}});
    // A mailbox that is full does not keep the message here for ever.
    if (!reported && reported.error().code != Errc::denied) defer_failed(outcomes, reported.error().detail);
  }
  Result<> told = co_await report_delays(services, job, outcomes);
  if (told && peer_reports == PeerReports::no) told = co_await report_relayed(services, job, outcomes);
  if (!told) log(kNotReported, {{"id", job.id.text()}, {"detail", told.error().detail}});
}

}  // namespace

net::Task<Result<>> settle_job(RemoteServices const& services, queue::Job job, std::vector<smtp::Outcome> outcomes,
                               queue::Reached reached, Way way, PeerReports peer_reports) {
  services.queue.give_up_on_old(job, outcomes);
  if (!job.message.reverse_path.is_null()) co_await report(services, job, outcomes, peer_reports);
  log_fates(job, outcomes, way);
  std::string const id = job.id.text();
  journal::Entry entry = entry_of(services, job, outcomes, way);
  kv::Ticket<void> const settled =
      services.queue.settle(std::move(job), std::move(outcomes), reached, std::move(entry));
  co_await net::finished(settled.completion());
  Result<> result = settled.take();
  if (!result) log(kNotSettled, {{"id", id}, {"detail", result.error().detail}});
  co_return result;
}

RemoteDelivery::RemoteDelivery(RemoteServices services, RemoteOptions options, net::Loops& loops)
    : services_(std::move(services)),
      options_(std::make_shared<RemoteOptions const>(std::move(options))),
      loops_(loops),
      names_(services_.resolver, services_.clock) {
  services_.in_force->store(options_.get());
}

RemoteDelivery::~RemoteDelivery() {
  stop();
}

void RemoteDelivery::stop() {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  changed_.wait(lock, [this] { return !taking_; });
}

void RemoteDelivery::pump() {
  {
    std::lock_guard const lock(mutex_);
    again_ = true;
    if (stopping_ || taking_) return;
    taking_ = true;
  }
  services_.pool.post(Lane::delivery, [this] { take_all(); });
}

namespace {

// Reads the store.
RemoteDelivery::Whither whither_of(RemoteServices const& services, queue::Job const& job) {
  if (job.destination == queue::kNowhere) return RemoteDelivery::Whither::nowhere;
  bool const here = is_delivered_here(services, job.destination).value_or(false);
  return here ? RemoteDelivery::Whither::here : RemoteDelivery::Whither::there;
}

// What an administrator has bounced: with what was last said of each recipient, if anything was.
net::Task<> give_up(RemoteServices const& services, queue::Job job) {
  std::vector<smtp::Outcome> outcomes;
  for (queue::Job::One const& one : job.recipients)
    outcomes.push_back(
        smtp::Failed{{{5, 0, 0}, one.row.remote_text, one.row.remote_host, "given up by the administrator"}});
  (void)co_await settle_job(services, std::move(job), std::move(outcomes), queue::Reached::yes, {});
}

}  // namespace

void RemoteDelivery::take_all() {
  for (;;) {
    {
      std::lock_guard const lock(mutex_);
      bool const full = active_ >= options_->connections;
      if (stopping_ || full || !std::exchange(again_, full)) {
        taking_ = false;
        changed_.notify_all();
        return;
      }
    }
    Result<std::optional<queue::Job>> job = services_.queue.take();
    if (!job) log(kNotTaken, {{"detail", job.error().detail}});
    if (!job || !*job) continue;
    Whither const whither = whither_of(services_, **job);
    std::lock_guard const lock(mutex_);
    again_ = true;
    ++active_;
    net::Loop& loop = loops_.next();
    loop.post([this, &loop, whither, one = std::move(**job)]() mutable {
      net::spawn(loop, run(loop, std::move(one), whither));
    });
  }
}

net::Task<> RemoteDelivery::run(net::Loop& loop, queue::Job job, Whither whither) {
  std::string const id = job.id.text();
  try {
    if (whither == Whither::nowhere) {
      co_await give_up(services_, std::move(job));
    } else if (whither == Whither::here) {
      co_await deliver_here(services_, std::move(job));
    } else {
      co_await deliver(loop, std::move(job));
    }
  } catch (std::exception const& e) {
    // The job is gone with the coroutine's frame, so its recipients are due again.
    log(kNotSettled, {{"id", id}, {"detail", e.what()}});
  }
  {
    std::lock_guard const lock(mutex_);
    --active_;
  }
  pump();
}

namespace {

constexpr char kTooFast[] = "the hosts said that mail comes too fast, and are given time";

// Who has waited longest for what is free in the group gets it.
void call_waiting(RemoteServices const& services, Pace& pace, PaceGroup const& group) {
  while (auto const next = pace.call_next(group.name, group.limits, services.clock.steady()))
    if (!services.queue.resume(*next)) pace.left(group.name, *next);
}

// Ends what Pace::begin() began.
class PaceTurn {
 public:
  PaceTurn(Pace& pace, PaceGroup group, RemoteServices const& services)
      : pace_(pace), group_(std::move(group)), services_(services) {}
  ~PaceTurn() {
    pace_.end(group_.name, services_.clock.steady());
    call_waiting(services_, pace_, group_);
  }
  PaceTurn(PaceTurn const&) = delete;

 private:
  Pace& pace_;
  PaceGroup const group_;
  RemoteServices const& services_;
};

// RFC 8460 section 4.3.2
std::string_view result_of(StsCache::Trouble trouble) {
  switch (trouble) {
    case StsCache::Trouble::bad_certificate:
      return "sts-webpki-invalid";
    case StsCache::Trouble::bad_policy:
      return "sts-policy-invalid";
    default:
      return "sts-policy-fetch-error";
  }
}

}  // namespace

// The recipients have not been tried, so nothing of them is written, but for those whose sender must hear of it. Only
// what is back in the queue can be called.
net::Task<> RemoteDelivery::postpone(queue::Job job, std::chrono::seconds wait, PaceGroup group) {
  if (services_.queue.is_late(job)) {
    std::vector<smtp::Outcome> outcomes(job.recipients.size(), smtp::Deferred{{{4, 4, 5}, "", "", kTooFast}});
    (void)co_await settle_job(services_, std::move(job), std::move(outcomes), queue::Reached::yes, {});
    co_return;
  }
  queue::Stream const stream = job.lease->stream();
  services_.queue.postpone(std::move(job), wait);
  pace_.join(group.name, stream);
  call_waiting(services_, pace_, group);
}

namespace {

net::Task<> check_and_tell(RemoteServices const& services, std::shared_ptr<RemoteOptions const> options,
                           net::Loop& loop, RouteQuestion question, std::move_only_function<void(RouteReport)> done) {
  RouteReport report;
  try {
    report = co_await check_route(services, *options, loop, std::move(question));
  } catch (std::exception const& e) {  // who asked waits in any case
    report.steps.push_back({false, fmt::format("it could not be tried: {}", e.what())});
  }
  done(std::move(report));
}

}  // namespace

void RemoteDelivery::check(RouteQuestion question, std::move_only_function<void(RouteReport)> done) {
  // Who asks on a loop waits there; another one may have stopped already.
  for (std::size_t i = 0; i < loops_.size(); ++i) {
    net::Loop& own = loops_.at(i);
    if (own.on_this_thread())
      return net::spawn(own, check_and_tell(services_, options(), own, std::move(question), std::move(done)));
  }
  net::Loop& loop = loops_.next();
  loop.post([this, &loop, question = std::move(question), done = std::move(done)]() mutable {
    net::spawn(loop, check_and_tell(services_, options(), loop, std::move(question), std::move(done)));
  });
}

std::vector<std::string> RemoteDelivery::warnings() const {
  std::vector<std::string> out;
  for (IpAddress const& address : names_.nameless())
    out.push_back(fmt::format(
        "mail does not go out over IPv6: the PTR record of {} leads to no name that leads back to it", address.text()));
  return out;
}

net::Task<std::optional<StsPolicy>> RemoteDelivery::find_sts(net::Loop& loop, MailRoute const& route,
                                                             std::string destination) {
  bool const is_domain = !destination.starts_with('[');
  if (services_.sts == nullptr || route.has_host() || !is_domain) co_return std::nullopt;
  StsCache::Found found = co_await services_.sts->find(loop, destination);
  if (services_.reports != nullptr && found.trouble != StsCache::Trouble::none)
    services_.reports->bad(destination, found.policy ? reported_policy(*found.policy) : ReportedPolicy{.type = "sts"},
                           {.result = std::string(result_of(found.trouble)), .why = std::move(found.why)});
  co_return std::move(found.policy);
}

// What of a job without hosts, or whose hosts did not take part in it, is to be settled; none: it is.
net::Task<std::optional<RemoteDelivery::Left>> RemoteDelivery::try_route(net::Loop& loop, RemoteOptions const& options,
                                                                         MailRoute const& route, queue::Job job,
                                                                         Way tried) {
  using queue::Reached;
  HostQuestion question{.destination = job.destination, .require_tls = job.message.parameters.require_tls};
  question.sts = co_await find_sts(loop, route, job.destination);
  RemoteHosts found = co_await find_remote_hosts(services_.resolver, services_.random, options, route,
                                                 services_.host_name, std::move(question));
  if (auto* outcome = std::get_if<smtp::Outcome>(&found))
    co_return Left{std::move(job), std::move(*outcome), Reached::yes, std::move(tried)};
  auto hosts = std::get<std::vector<RemoteHost>>(std::move(found));
  if (options.ipv6_needs_name && route.where.socket.empty())
    hosts = co_await without_nameless(names_, options, sender_domain(job.message), std::move(hosts));
  Paced paced{pace_, pace_group(hosts)};
  SteadyTime const now = loop.clock().steady();
  auto const start = pace_.begin(paced.group.name, job.lease->stream(), paced.group.limits, now);
  // It was tried elsewhere before.
  if (!start && !tried.facts.empty())
    co_return Left{std::move(job), smtp::Deferred{{{4, 4, 5}, "", "", kTooFast}}, Reached::no, std::move(tried)};
  if (!start) {
    co_await postpone(std::move(job), std::chrono::ceil<std::chrono::seconds>(start.error() - now), paced.group);
    co_return std::nullopt;
  }
  PaceTurn const turn(pace_, paced.group, services_);
  if (*start > now) co_await net::wait_until(loop, *start);
  Ways const ways{services_, options, route, loop};
  std::optional<Unreached> left =
      co_await try_hosts(ways, std::move(hosts), std::move(job), std::move(paced), std::move(tried));
  if (!left) co_return std::nullopt;
  left->why.status.status_class = left->for_good ? 5 : 4;
  smtp::Outcome outcome = smtp::Deferred{left->why};
  if (left->for_good) outcome = smtp::Failed{std::move(left->why)};
  co_return Left{std::move(left->job), std::move(outcome), Reached::no, std::move(left->way)};
}

std::shared_ptr<RemoteOptions const> RemoteDelivery::options() {
  std::lock_guard const lock(mutex_);
  return options_;
}

void RemoteDelivery::use(std::vector<MailRoute> routes, std::string fallback) {
  RemoteOptions next = *options();
  next.routes = std::move(routes);
  next.fallback = std::move(fallback);
  std::lock_guard const lock(mutex_);
  options_ = std::make_shared<RemoteOptions const>(std::move(next));
  services_.in_force->store(options_.get());
}

namespace {

// None: the route has none, or what came of it is for good.
MailRoute const* fallback_for(RemoteOptions const& options, MailRoute const& route, smtp::Outcome const& outcome) {
  bool const may_do_better = std::holds_alternative<smtp::Deferred>(outcome);
  if (options.fallback.empty() || route.has_host() || !may_do_better) return nullptr;
  return find_route(options.routes, options.fallback);
}

}  // namespace

net::Task<> RemoteDelivery::deliver(net::Loop& loop, queue::Job job) {
  std::shared_ptr<RemoteOptions const> const now = options();
  MailRoute const& route = find_route(now->routes, job.destination, job.message.reverse_path);
  std::optional<Left> left = co_await try_route(loop, *now, route, std::move(job), {});
  MailRoute const* const fallback = left ? fallback_for(*now, route, left->outcome) : nullptr;
  if (fallback != nullptr) {
    left->way.facts.emplace_back("no way to its own hosts", smtp::detail(left->outcome).note);
    left = co_await try_route(loop, *now, *fallback, std::move(left->job), std::move(left->way));
  }
  if (!left) co_return;
  std::vector<smtp::Outcome> outcomes(left->job.recipients.size(), left->outcome);
  (void)co_await settle_job(services_, std::move(left->job), std::move(outcomes), left->reached, std::move(left->way));
}

}  // namespace yubin::deliver
