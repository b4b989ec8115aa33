#include "deliver/remote.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "deliver/conversation.h"
#include "deliver/intake.h"
#include "deliver/report.h"
#include "net/connect.h"

namespace yubin::deliver {

namespace {

constexpr LogEvent kNotTaken{"deliver.not_taken", LogLevel::error, "what is due in the queue cannot be read"};
constexpr LogEvent kNotSettled{"deliver.not_settled", LogLevel::error,
                               "what became of a message cannot be written; it will be sent again"};
constexpr LogEvent kOutgoing{"deliver.fate", LogLevel::info, "what became of an outgoing message for one recipient"};

// As much of the message as a report can repeat of its header section.
constexpr std::size_t kHeader = 32 * 1024;

std::int64_t seconds(Clock const& clock) {
  return std::chrono::floor<std::chrono::seconds>(clock.now()).time_since_epoch().count();
}

bool has_failed(smtp::Outcome const& outcome) {
  return std::holds_alternative<smtp::Failed>(outcome);
}

// On the pool: the report as a body that is being sealed, and where it goes.
struct Report {
  Intake::Sealed sealed;
  std::size_t size;
  directory::Route route;
};
Result<std::optional<Report>> make_report(RemoteServices const& services, queue::Job const& job,
                                          std::vector<smtp::Outcome> const& outcomes, journal::EntryId id) {
  if (job.message.reverse_path.is_null()) return std::nullopt;
  // Without the header section the report still says what matters.
  std::string const header = services.bodies.read(job.message.body.id, 0, kHeader).value_or("");
  std::string const text =
      make_failure_report(job, outcomes, header, {services.host_name, id.text(), seconds(services.clock)});
  if (text.empty()) return std::nullopt;
  TRY(directory::Route route, services.directory.route(*job.message.reverse_path.address()));
  Intake intake(services.store, HeaderFilter());
  intake.add(text);
  TRY_VOID(intake.finish());
  return std::optional<Report>(Report{intake.seal(), text.size(), std::move(route)});
}

LocalMessage message_of(RemoteServices const& services, queue::Job const& job, Report& report, kv::SealedBody body,
                        journal::EntryId id) {
  mime::Address const& sender = *job.message.reverse_path.address();
  LocalMessage message{.body = std::move(body),
                       .summary = std::move(report.sealed.summary),
                       .trace = fmt::format("Received: by {} id {}", services.host_name, id.text()),
                       .reverse_path = "",
                       .targets = {},
                       .entry = {}};
  message.entry.id = id;
  message.entry.kind = journal::Kind::message;
  message.entry.service = "report";
  message.entry.verdict = "accepted";
  message.entry.message_id = report.sealed.message_id;
  message.entry.size = report.size;
  message.entry.facts.emplace_back("about", job.id.text());
  if (auto const* one = std::get_if<directory::ToAccount>(&report.route))
    message.targets.push_back({one->account, sender.text(), one->address.text()});
  if (auto const* many = std::get_if<directory::ToMany>(&report.route))
    for (directory::ToAccount const& one : many->accounts)
      message.targets.push_back({one.account, sender.text(), one.address.text()});
  if (std::holds_alternative<directory::NotOurDomain>(report.route))
    message.outgoing.push_back({smtp::ForwardPath(sender)});
  return message;
}

// Durable when it ends well. Nobody at the sender's address any more: nothing to do.
net::Task<Result<>> send_report(RemoteServices const& services, queue::Job const& job,
                                std::vector<smtp::Outcome> const& outcomes) {
  journal::EntryId const id = services.journal.next_id();
  Result<std::optional<Report>> report;
  auto work = [&] { report = make_report(services, job, outcomes, id); };
  co_await net::run_on(services.pool, Lane::delivery, std::ref(work));
  if (!report) co_return std::unexpected(report.error());
  if (!*report) co_return Result<>{};
  co_await net::finished((*report)->sealed.body.completion());
  CO_TRY(kv::SealedBody body, (*report)->sealed.body.take());
  LocalMessage message = message_of(services, job, **report, std::move(body), id);
  if (message.targets.empty() && message.outgoing.empty()) co_return Result<>{};
  kv::Ticket<journal::EntryId> const delivered = services.local.deliver(std::move(message));
  co_await net::finished(delivered.completion());
  CO_TRY_VOID(delivered.take());
  co_return Result<>{};
}

void log_fates(queue::Job const& job, std::vector<smtp::Outcome> const& outcomes, std::string const& tls) {
  constexpr std::string_view kFates[] = {"delivered", "deferred", "failed"};
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    smtp::OutcomeDetail const& d = detail(outcomes[i]);
    log(kOutgoing, {{"fate", kFates[outcomes[i].index()]},
                    {"id", job.id.text()},
                    {"from", job.message.reverse_path.text()},
                    {"to", job.recipients[i].row.recipient.path.text()},
                    {"status", d.status.text()},
                    {"relay", d.remote_host},
                    {"tls", tls},
                    {"said", d.remote_text},
                    {"note", d.note}});
  }
}

journal::Entry entry_of(RemoteServices const& services, queue::Job const& job,
                        std::vector<smtp::Outcome> const& outcomes, std::string const& tls) {
  journal::Entry entry;
  entry.id = services.journal.next_id();
  entry.kind = journal::Kind::delivery;
  entry.service = "remote";
  entry.tls = tls;
  if (auto const& sender = job.message.reverse_path.address()) entry.sender = sender->text();
  entry.message_id = job.message.message_id;
  entry.size = job.message.body.size;
  entry.verdict = std::ranges::any_of(outcomes, has_failed) ? "failed" : "attempted";
  entry.facts = {{std::string(journal::kAbout), job.id.text()}};
  return entry;
}

}  // namespace

net::Task<Result<>> settle_job(RemoteServices const& services, queue::Job job, std::vector<smtp::Outcome> outcomes,
                               queue::Reached reached, std::string tls) {
  services.queue.give_up_on_old(job, outcomes);
  if (std::ranges::any_of(outcomes, has_failed)) {
    Result<> const reported = co_await send_report(services, job, outcomes);
    if (!reported) {
      // The sender must be told, so nothing has failed until that is possible.
      for (smtp::Outcome& outcome : outcomes)
        if (auto* failed = std::get_if<smtp::Failed>(&outcome)) {
          smtp::OutcomeDetail why = std::move(*failed);
          why.status.status_class = 4;
          why.note += "; the report to the sender cannot be stored: " + reported.error().detail;
          outcome = smtp::Deferred{std::move(why)};
        }
    }
  }
  log_fates(job, outcomes, tls);
  std::string const id = job.id.text();
  journal::Entry entry = entry_of(services, job, outcomes, tls);
  kv::Ticket<void> const settled =
      services.queue.settle(std::move(job), std::move(outcomes), reached, std::move(entry));
  co_await net::finished(settled.completion());
  Result<> result = settled.take();
  if (!result) log(kNotSettled, {{"id", id}, {"detail", result.error().detail}});
  co_return result;
}

RemoteDelivery::RemoteDelivery(RemoteServices services, RemoteOptions options, net::Loops& loops)
    : services_(std::move(services)), options_(std::move(options)), loops_(loops) {}

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

void RemoteDelivery::take_all() {
  for (;;) {
    {
      std::lock_guard const lock(mutex_);
      bool const full = active_ >= options_.connections;
      if (stopping_ || full || !std::exchange(again_, full)) {
        taking_ = false;
        changed_.notify_all();
        return;
      }
    }
    Result<std::optional<queue::Job>> job = services_.queue.take();
    if (!job) log(kNotTaken, {{"detail", job.error().detail}});
    if (!job || !*job) continue;
    std::lock_guard const lock(mutex_);
    again_ = true;
    ++active_;
    net::Loop& loop = loops_.next();
    loop.post([this, &loop, one = std::move(**job)]() mutable { net::spawn(loop, run(loop, std::move(one))); });
  }
}

net::Task<> RemoteDelivery::run(net::Loop& loop, queue::Job job) {
  std::string const id = job.id.text();
  try {
    co_await deliver(loop, std::move(job));
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

// One connection, and what came of it.
struct Tried {
  std::optional<queue::Job> job;  // that is not settled
  smtp::OutcomeDetail why;        // and the reason
  bool tls_failed = false;
};

std::shared_ptr<smtp::ClientOptions const> client_options(RemoteServices const& services, RemoteOptions const& options,
                                                          RemoteHost const& host, bool with_tls) {
  using StartTls = smtp::ClientOptions::StartTls;
  smtp::ClientOptions client{.host_name = services.host_name,
                             .peer = fmt::format("{} [{}]", host.name, host.where.address.text())};
  bool const required = !options.relay.empty() && options.relay_tls;
  client.start_tls = required ? StartTls::required : with_tls ? StartTls::if_offered : StartTls::never;
  client.log_in = !options.relay.empty() && !options.relay_user.empty();
  return std::make_shared<smtp::ClientOptions const>(std::move(client));
}

// Tells the session that the connection is over, and its answers what it then says.
net::Task<> wind_up(smtp::ClientSession& session, Conversation& conversation, std::string why) {
  session.lost(why);
  for (;;) {
    smtp::ClientSession::Event event = session.poll();
    if (std::holds_alternative<Close>(event)) co_return;
    if (auto* outcome = std::get_if<smtp::MessageOutcome>(&event))
      co_await conversation.answer(session, std::move(*outcome));
    if (auto* unusable = std::get_if<smtp::Unusable>(&event))
      co_await conversation.answer(session, std::move(*unusable));
  }
}

std::string words_of(net::Ending ending, net::Connection const& connection) {
  switch (ending) {
    case net::Ending::tls_failed:
      return "TLS failed: " + connection.tls_failure();
    case net::Ending::stalled:
      return "the server took nothing for too long";
    case net::Ending::aborted:
      return "this server stopped";
    default:
      return "the connection was lost";
  }
}

net::Task<Tried> try_host(RemoteServices const& services, RemoteOptions const& options, net::Loop& loop,
                          RemoteHost host, queue::Job job, bool with_tls) {
  std::string const peer = fmt::format("{} [{}]", host.name, host.where.address.text());
  Result<net::Connection> connection = co_await net::connect(loop, host.where, options.connect);
  if (!connection)
    co_return Tried{std::move(job), {{4, 4, 1}, "", peer, "cannot connect: " + connection.error().detail}};
  smtp::ClientSession session(client_options(services, options, host, with_tls));
  Conversation conversation(services, options, host, std::move(job));
  net::ServeOptions serve_options;
  net::Driver<smtp::ClientSession, Conversation> driver(*connection, session, conversation, serve_options);
  net::Ending const ending = co_await driver.run();
  if (ending != net::Ending::closed) {
    std::string why = words_of(ending, *connection);
    co_await wind_up(session, conversation, std::move(why));
  } else {
    std::chrono::milliseconds const linger(500);
    co_await connection->close(linger);
  }
  Tried tried{.job = conversation.take_job(), .why = {{4, 4, 2}, "", peer, "the connection was lost"}};
  if (conversation.unusable()) tried.why = *conversation.unusable();
  tried.tls_failed = conversation.tls_failed();
  co_return tried;
}

}  // namespace

net::Task<> RemoteDelivery::deliver(net::Loop& loop, queue::Job job) {
  RemoteHosts found =
      co_await find_remote_hosts(services_.resolver, services_.random, options_, services_.host_name, job.destination);
  if (auto* outcome = std::get_if<smtp::Outcome>(&found)) {
    std::vector<smtp::Outcome> outcomes(job.recipients.size(), *outcome);
    (void)co_await settle_job(services_, std::move(job), std::move(outcomes), queue::Reached::yes, "");
    co_return;
  }
  smtp::OutcomeDetail why;
  bool const tls_required = !options_.relay.empty() && options_.relay_tls;
  for (RemoteHost const& host : std::get<std::vector<RemoteHost>>(found)) {
    Tried tried = co_await try_host(services_, options_, loop, host, std::move(job), true);
    // RFC 7435 section 3: where nothing vouches for TLS, a broken one is no reason to keep the mail.
    if (tried.job && tried.tls_failed && !tls_required)
      tried = co_await try_host(services_, options_, loop, host, *std::move(tried.job), false);
    if (!tried.job) co_return;
    job = *std::move(tried.job);
    why = std::move(tried.why);
  }
  std::vector<smtp::Outcome> outcomes(job.recipients.size(), smtp::Deferred{std::move(why)});
  (void)co_await settle_job(services_, std::move(job), std::move(outcomes), queue::Reached::no, "");
}

}  // namespace yubin::deliver
