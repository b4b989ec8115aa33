#include "deliver/attempt.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "deliver/conversation.h"
#include "deliver/source_address.h"
#include "deliver/tls_reports.h"
#include "mime/header.h"
#include "net/connect.h"

namespace yubin::deliver {

std::string name_of(RemoteHost const& host) {
  if (!host.socket.empty()) return host.name;
  return fmt::format("{} [{}]", host.name, host.where.address.text());
}

std::shared_ptr<smtp::ClientOptions const> client_options(Ways const& ways, RemoteHost const& host, bool with_tls) {
  using StartTls = smtp::ClientOptions::StartTls;
  smtp::ClientOptions client{.host_name = ways.services.host_name, .peer = name_of(host)};
  if (ways.route.via == MailRoute::Via::lmtp) client.protocol = smtp::Protocol::lmtp;
  with_tls = with_tls && !(ways.route.has_host() && ways.route.tls_in_force() == MailRoute::Tls::never);
  client.start_tls = host.tls.needs_tls() ? StartTls::required : with_tls ? StartTls::if_offered : StartTls::never;
  client.log_in = ways.route.logs_in();
  client.patience.command = std::min(client.patience.command, ways.step.value_or(client.patience.command));
  return std::make_shared<smtp::ClientOptions const>(std::move(client));
}

net::Task<Result<net::Connection>> connect_to(Ways ways, RemoteHost host, std::string sender) {
  std::chrono::seconds const limit = std::min(ways.options.connect, ways.step.value_or(ways.options.connect));
  if (!host.socket.empty()) co_return co_await net::connect(ways.loop, host.socket, limit);
  std::optional<IpAddress> const source = source_for(ways.options, sender, host.where.address);
  co_return co_await net::connect(ways.loop, host.where, limit, source);
}

namespace {

constexpr std::chrono::seconds kHandshake{60};
constexpr std::uint16_t kRequireTlsNeeded = 30;  // RFC 8689 section 4.2.1: X.7.30

// One connection, and what came of it.
struct Tried {
  std::optional<queue::Job> job;  // that is not settled
  smtp::OutcomeDetail why;        // and the reason
  std::string tls_failure{};
};

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

// Reports on TLS do not report on themselves: two servers would send each other one every day for ever.
bool is_counted(RemoteServices const& services, queue::Job const& job) {
  return services.reports != nullptr && job.message.service != kTlsReportService;
}

// RFC 8460 section 4.3
std::string_view result_of(tls::PeerCheck::Verdict verdict) {
  using Verdict = tls::PeerCheck::Verdict;
  switch (verdict) {
    case Verdict::expired:
      return "certificate-expired";
    case Verdict::wrong_name:
      return "certificate-host-mismatch";
    case Verdict::untrusted:
      return "certificate-not-trusted";
    default:
      return "validation-failure";
  }
}

void count_session(TlsReports& reports, std::string const& domain, RemoteHost const& host,
                   smtp::ClientSession const& session, Conversation const& conversation,
                   net::Connection const& connection) {
  ReportedFailure failure{.result = "",
                          .host = host.name,
                          .ip = host.where.address.text(),
                          .from = connection.local().address.text(),
                          .why = connection.tls_failure()};
  std::optional<tls::Facts> const facts = connection.tls();
  auto const verdict = facts ? facts->peer.verdict : tls::PeerCheck::Verdict::not_seen;
  // A policy in testing is obeyed by nobody, and what it would have come to is just what is to be told.
  bool const in_doubt = host.reported.type == "sts" && verdict != tls::PeerCheck::Verdict::good;
  if (conversation.is_secured() && !in_doubt) return reports.good(domain, host.reported);
  if (conversation.is_secured()) failure.why = facts->peer.why;
  if (facts) {
    failure.result = result_of(verdict);
  } else if (session.was_greeted() && !session.extensions().starttls) {
    failure.result = "starttls-not-supported";
  }
  if (!failure.result.empty()) reports.bad(domain, host.reported, std::move(failure));
}

// RFC 8689 section 3: the sender would rather have the message arrive than be kept from listeners.
net::Task<bool> waives_tls(RemoteServices const& services, queue::Job const& job) {
  constexpr std::size_t kHeader = 64 * 1024;
  bool waived = false;
  auto work = [&] {
    Result<std::string> const bytes = services.bodies.read(job.message.body.id, 0, kHeader);
    if (!bytes) return;
    auto const header = mime::HeaderSection::parse(*bytes);
    auto const field = header.find_first("TLS-Required");
    waived = field && iequals(field->value(), "no");
  };
  co_await net::run_on(services.pool, Lane::reading, std::ref(work));
  co_return waived;
}

bool is_about_tls(smtp::OutcomeDetail const& why) {
  return why.remote_text.empty() && why.status.subject == 7;
}

// `way`: what was tried before. `in_clear`: why no TLS is wanted any more; empty: it is.
net::Task<Tried> try_host(Ways ways, RemoteHost host, queue::Job job, Way way, std::string in_clear, Paced paced) {
  RemoteServices const& services = ways.services;
  std::string const peer = name_of(host);
  Result<net::Connection> connection = co_await connect_to(ways, host, sender_domain(job.message));
  if (!connection)
    co_return Tried{std::move(job), {{4, 4, 1}, "", peer, "cannot connect: " + connection.error().detail}};
  bool const implicit = ways.route.has_implicit_tls();
  if (implicit) {
    bool const secure = co_await connection->start_tls(services.tls->wanting(host.tls.wanted), host.name, kHandshake);
    if (!secure) co_return Tried{std::move(job), {{4, 7, 5}, "", peer, "TLS failed: " + connection->tls_failure()}};
  }
  smtp::ClientSession session(client_options(ways, host, in_clear.empty()), implicit ? smtp::Tls::on : smtp::Tls::off);
  // RFC 8460 section 3: a domain is told of sessions with its own hosts.
  bool const counts = in_clear.empty() && !ways.route.has_host() && is_counted(services, job);
  std::string const destination = job.destination;
  Conversation conversation(services, ways.options, ways.route, host, std::move(job), std::move(way),
                            std::move(in_clear), std::move(paced));
  if (implicit) conversation.secured(*connection->tls());
  net::ServeOptions serve_options;
  net::Driver<smtp::ClientSession, Conversation> driver(*connection, session, conversation, serve_options);
  net::Ending const ending = co_await driver.run();
  if (counts) count_session(*services.reports, destination, host, session, conversation, *connection);
  if (ending != net::Ending::closed) {
    std::string why = words_of(ending, *connection);
    co_await wind_up(session, conversation, std::move(why));
  } else {
    std::chrono::milliseconds const linger(500);
    co_await connection->close(linger);
  }
  Tried tried{.job = conversation.take_job(), .why = {{4, 4, 2}, "", peer, "the connection was lost"}};
  if (conversation.unusable()) tried.why = *conversation.unusable();
  if (conversation.tls_failed()) tried.tls_failure = connection->tls_failure();
  co_return tried;
}

std::string said(smtp::OutcomeDetail const& why) {
  return why.remote_text.empty() ? why.note : fmt::format("{}, {}", why.remote_text, why.note);
}

// Facts have different names: "tried", "tried 2", …
void note_tried(Way& way, RemoteHost const& host, std::string_view what) {
  auto const is_try = [](auto const& fact) { return fact.first.starts_with("tried"); };
  auto const number = std::ranges::count_if(way.facts, is_try) + 1;
  std::string const policy = host.tls.needs_tls() ? fmt::format("; TLS is {}", words(host.tls)) : "";
  way.facts.emplace_back(number == 1 ? "tried" : fmt::format("tried {}", number),
                         fmt::format("{}: {}{}", name_of(host), what, policy));
}

}  // namespace

net::Task<std::optional<Unreached>> try_hosts(Ways ways, std::vector<RemoteHost> hosts, queue::Job job, Paced paced,
                                              Way way) {
  smtp::OutcomeDetail why;
  bool const require_tls = job.message.parameters.require_tls;
  bool all_about_tls = true;
  if (!ways.route.name.empty()) way.facts.emplace_back("route", ways.route.name);
  for (RemoteHost& host : hosts) {
    Tried tried = co_await try_host(ways, host, std::move(job), way, "", paced);
    bool const policy_failed =
        tried.job && host.tls.needs_tls() && !ways.route.has_host() && !require_tls && is_about_tls(tried.why);
    bool const waived = policy_failed && co_await waives_tls(ways.services, *tried.job);
    if (waived) {
      note_tried(way, host, said(tried.why) + "; the message says TLS-Required: No");
      host.tls = {};
      tried = co_await try_host(ways, host, *std::move(tried.job), way, "", paced);
    }
    // RFC 7435 section 3: where nothing vouches for TLS, a broken one is no reason to keep the mail.
    if (tried.job && !tried.tls_failure.empty() && !host.tls.needs_tls()) {
      std::string in_clear = "TLS failed: " + tried.tls_failure;
      tried = co_await try_host(ways, host, *std::move(tried.job), way, std::move(in_clear), paced);
    }
    if (!tried.job) co_return std::nullopt;
    job = *std::move(tried.job);
    why = std::move(tried.why);
    all_about_tls = all_about_tls && is_about_tls(why);
    way.peer = address_of(host);
    note_tried(way, host, said(why));
  }
  // RFC 8689 section 4.2.1: the sender hears of it at once. 5.7.10: encryption needed.
  bool const for_good = require_tls && all_about_tls;
  if (for_good && why.status.detail != kRequireTlsNeeded) why.status = {5, 7, 10};
  co_return Unreached{std::move(job), std::move(why), for_good, std::move(way)};
}

}  // namespace yubin::deliver
