#include "deliver/route_checker.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "deliver/attempt.h"
#include "deliver/conversation.h"
#include "net/connect.h"

namespace yubin::deliver {

namespace {

std::string said(smtp::OutcomeDetail const& why) {
  if (why.remote_text.empty()) return why.note;
  return why.note.empty() ? why.remote_text : fmt::format("{} ({})", why.remote_text, why.note);
}

// RFC 5321 section 4.5.3.2.3: who waits for the answer to a RCPT does so for at least five minutes.
constexpr std::chrono::seconds kHurriedStep{15};  // of at most eight with one host
constexpr std::chrono::seconds kHurried{30};      // until no more hosts are tried

// Answers one connection's session as a Conversation does, but has no message; writes down what happens.
class Inspection {
 public:
  using Session = smtp::ClientSession;
  using Answer = Session::Answer;

  Inspection(RemoteServices const& services, MailRoute const& route, RemoteHost host, RouteQuestion const& question,
             RouteReport& report)
      : services_(services),
        route_(route),
        host_(std::move(host)),
        question_(question),
        report_(report),
        greeting_at_(report.steps.size()) {}

  net::Task<Answer> answer(Session& session, smtp::LogIn question) {
    note_greeting(session);
    Result<auth::ClientLogin> login;
    auto read = [&] { login = login_of(route_); };
    co_await net::run_on(services_.pool, Lane::reading, std::ref(read));
    if (!login) co_return smtp::GiveUp{login.error().detail};
    auth::Channel const channel = secured_ ? auth::Channel::encrypted : auth::Channel::in_clear;
    sasl_ = auth::make_sasl_client(question.mechanisms, *std::move(login), channel, services_.random);
    if (!sasl_)
      co_return smtp::GiveUp{fmt::format("the server offers no way to log in that we would use: it has {}",
                                         fmt::join(question.mechanisms, " "))};
    std::optional<Secret> initial = sasl_->begin();
    co_return smtp::SaslStart{std::string(sasl_->name()), std::move(initial)};
  }
  net::Task<Answer> answer(Session&, smtp::SaslServerSays question) {
    Result<Secret> response;
    auto work = [&] { response = sasl_->respond(question.bytes); };
    co_await net::run_on(services_.pool, Lane::reading, std::ref(work));
    if (!response) co_return smtp::GiveUp{response.error().detail};
    co_return smtp::SaslResponse{*std::move(response)};
  }
  net::Task<Answer> answer(Session&, smtp::SaslOver) {
    Result<> const proved = sasl_->finish();
    if (!proved) co_return smtp::GiveUp{proved.error().detail};
    step(true, fmt::format("logged in as {} by {}", route_.user, sasl_->name()));
    co_return Done{};
  }
  net::Task<Answer> answer(Session& session, smtp::NextMessage) {
    note_greeting(session);
    if (std::exchange(asked_, true) || !question_.to) {
      ready_ = true;
      co_return Done{};
    }
    smtp::OutgoingMessage message{{question_.from, {}, {{smtp::ForwardPath(*question_.to)}}}, true};
    message.envelope.parameters.smtputf8 = !question_.to->local_part().is_ascii();
    co_return message;
  }
  net::Task<Answer> answer(Session&, smtp::NextChunk) { co_return smtp::GiveUp{"there is no message"}; }
  net::Task<> answer(Session&, smtp::MessageOutcome notice) {
    smtp::Outcome const& outcome = notice.recipients.front();
    bool const taken = std::holds_alternative<smtp::Delivered>(outcome);
    report_.asked = outcome;
    report_.sender_taken = notice.sender_taken;
    step(taken, fmt::format("{} mail from {} for <{}>: {}", taken ? "would take" : "refuses", question_.from.text(),
                            question_.to->text(), said(detail(outcome))));
    co_return;
  }
  net::Task<> answer(Session& session, smtp::Unusable notice) {
    note_greeting(session);
    step(false, said(notice.why));
    co_return;
  }
  net::Task<bool> start_tls(net::Connection& connection) {
    bool const secure = co_await connection.start_tls(services_.tls->wanting(host_.tls.wanted), host_.name,
                                                      question_.hurried ? kHurriedStep : std::chrono::seconds(60));
    if (!secure) step(false, "TLS failed: " + connection.tls_failure());
    co_return secure;
  }
  void secured(tls::Facts const& facts) {
    Way const way = secured_way(host_.tls, facts);
    std::string text = "TLS: " + way.text();
    step(true, std::move(text));
    secured_ = true;
  }
  bool is_ready() const { return ready_; }

 private:
  void step(bool good, std::string text) { report_.steps.push_back({good, std::move(text)}); }

  void note_greeting(Session const& session) {
    if (!session.was_greeted() || std::exchange(noted_, true)) return;
    smtp::Extensions const& has = session.extensions();
    std::string text = fmt::format("the server greets: {}", session.greeting());
    report_.steps.insert(report_.steps.begin() + static_cast<std::ptrdiff_t>(greeting_at_), {true, std::move(text)});
    if (!secured_) step(true, has.starttls ? "in clear, though TLS is offered" : "in clear: no TLS is offered");
  }

  RemoteServices const& services_;
  MailRoute const& route_;
  RemoteHost const host_;
  RouteQuestion const& question_;
  RouteReport& report_;
  std::size_t const greeting_at_;
  std::unique_ptr<auth::SaslClient> sasl_;
  bool secured_ = false;
  bool noted_ = false;
  bool asked_ = false;
  bool ready_ = false;
};

// Whether the host would do.
net::Task<bool> check_host(Ways ways, RemoteHost host, RouteQuestion const& question, RouteReport& report) {
  std::string const name = name_of(host);
  auto wrong = [&](std::string text) {
    report.steps.push_back({false, fmt::format("{}: {}", name, text)});
    return false;
  };
  std::string const sender = question.from.address() ? question.from.address()->domain().text() : "";
  Result<net::Connection> connection = co_await connect_to(ways, host, sender);
  if (!connection) co_return wrong("cannot connect: " + connection.error().detail);
  report.steps.push_back({true, fmt::format("connected to {}", name)});
  std::size_t const before = report.steps.size();
  Inspection inspection(ways.services, ways.route, host, question, report);
  bool const implicit = ways.route.has_implicit_tls();
  if (implicit) {
    bool const secure = co_await inspection.start_tls(*connection);
    if (!secure) co_return false;
    inspection.secured(*connection->tls());
  }
  smtp::ClientSession session(client_options(ways, host, true), implicit ? smtp::Tls::on : smtp::Tls::off);
  net::ServeOptions const options;
  net::Driver<smtp::ClientSession, Inspection> driver(*connection, session, inspection, options);
  net::Ending const ending = co_await driver.run();
  bool const all_good = std::all_of(report.steps.begin() + static_cast<std::ptrdiff_t>(before), report.steps.end(),
                                    [](auto const& step) { return step.good; });
  if (ending != net::Ending::closed && all_good && !inspection.is_ready()) co_return wrong("the connection was lost");
  co_return all_good&& inspection.is_ready();
}

}  // namespace

std::string words(MailRoute const& route) {
  std::string text = route.name.empty() ? "" : fmt::format("route \"{}\": ", route.name);
  switch (route.via) {
    case MailRoute::Via::direct:
      return text + "to the domain's own hosts";
    case MailRoute::Via::relay:
      return text + "to the relay " + route.where.text();
    case MailRoute::Via::lmtp:
      return text + "by LMTP to " + route.where.text();
    case MailRoute::Via::hold:
      return text + "held until it is released";
  }
  return text;
}

net::Task<RouteReport> check_route(RemoteServices const& services, RemoteOptions const& options, net::Loop& loop,
                                   RouteQuestion question) {
  RouteReport report;
  MailRoute const* route = find_route(options.routes, question.route);
  std::string const destination = question.to ? question.to->domain().text() : "";
  if (question.route.empty() && question.to) route = &find_route(options.routes, destination, question.from);
  if (question.route.empty() && !question.to) {
    auto const first = std::ranges::find_if(options.routes, &MailRoute::has_host);
    if (first == options.routes.end()) {
      report.steps.push_back(
          {false, "there is no relay: mail goes to each domain's own hosts; name an address by --to"});
      co_return report;
    }
    route = &*first;
  }
  if (route == nullptr) {
    report.steps.push_back({false, fmt::format("there is no route \"{}\"", question.route)});
    co_return report;
  }
  report.route = words(*route);
  if (route->via == MailRoute::Via::hold || (!route->has_host() && destination.empty())) {
    report.steps.push_back({false, "this route leads to no host that could be tried"});
    co_return report;
  }
  HostQuestion hosts_of{.destination = destination};
  RemoteHosts found = co_await find_remote_hosts(services.resolver, services.random, options, *route,
                                                 services.host_name, std::move(hosts_of));
  if (auto const* outcome = std::get_if<smtp::Outcome>(&found)) {
    report.steps.push_back({false, smtp::detail(*outcome).note});
    co_return report;
  }
  Ways ways{services, options, *route, loop};
  if (question.hurried) ways.step = kHurriedStep;
  SteadyTime const until = loop.clock().steady() + kHurried;
  for (RemoteHost& host : std::get<std::vector<RemoteHost>>(found)) {
    if (question.hurried && loop.clock().steady() >= until) {
      report.steps.push_back({false, "no more hosts are tried: this takes too long"});
      co_return report;
    }
    report.good = co_await check_host(ways, std::move(host), question, report);
    bool const is_refused = report.asked && std::holds_alternative<smtp::Failed>(*report.asked);
    if (report.good || is_refused) co_return report;
  }
  co_return report;
}

}  // namespace yubin::deliver
