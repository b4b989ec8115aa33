#include "server/local.h"

#include <fmt/format.h>

#include "base/assert.h"
#include "server/serve_smtp.h"

namespace yubin::server {

namespace {

using smtp::Reply;

constexpr ReceptionRole kLocal{.service = "local",
                               .elsewhere = "this server sends no mail to other domains: outgoing.enabled is false",
                               .local = true,
                               .submission = true};

}  // namespace

LocalAnswers::LocalAnswers(std::shared_ptr<ReceptionServices const> services, unsigned user)
    : services_(services), reception_(std::move(services), kLocal, "") {
  reception_.is_user(fmt::format("uid={}", user));
}

net::Task<LocalAnswers::Answer> LocalAnswers::answer(Session&, smtp::AskMail question) {
  reception_.begin(question);
  co_return Reply(250, {2, 1, 0}, "OK");
}

// The machine's own name is no domain of anybody's mail, so its users' mail ("root", from cron) goes to the user of
// that name in our domain, and if there is none to the one who gets postmaster's mail: nothing of it is lost.
net::Task<mime::Address> LocalAnswers::home_of(mime::Address address) {
  if (address.domain().text() != services_->host_name) co_return address;
  Result<Reception::Destination> const there = co_await reception_.look_up(address);
  bool const is_elsewhere = there && std::holds_alternative<directory::NotOurDomain>(there->route);
  if (!is_elsewhere) co_return address;
  mime::Address at_home(address.local_part(), services_->postmaster_domain);
  Result<Reception::Destination> const here = co_await reception_.look_up(at_home);
  if (!here || std::holds_alternative<directory::NotOurDomain>(here->route)) co_return address;
  if (!std::holds_alternative<directory::NoSuchUser>(here->route)) co_return at_home;
  co_return mime::Address(mime::LocalPart::parse("postmaster").value(), services_->postmaster_domain);
}

net::Task<LocalAnswers::Answer> LocalAnswers::answer(Session&, smtp::AskRecipient question) {
  smtp::ForwardPath path = std::move(question.recipient.path);
  if (path.address()) {
    mime::Address home = co_await home_of(*path.address());
    path = smtp::ForwardPath(std::move(home));
  }
  co_return co_await reception_.recipient(std::move(path), std::move(question.recipient.parameters));
}

net::Task<LocalAnswers::Answer> LocalAnswers::answer(Session&, smtp::AskMessage question) {
  std::vector<Reply> const replies = co_await reception_.message(std::move(question));
  co_return replies.front();
}

net::Task<LocalAnswers::Answer> LocalAnswers::answer(Session&, AskSasl) {
  YUBIN_ASSERT(false);
}

net::Task<> LocalAnswers::answer(Session&, smtp::DropBody) {
  reception_.drop_body();
  co_return;
}

net::Listener::OnConnection serve_local(ServiceContext const& context) {
  smtp::Options options = context.settings->smtp;
  options.host_name = context.settings->host_name;
  options.dsn = true;
  auto session_options = std::make_shared<smtp::Options const>(std::move(options));
  auto serve_options = std::make_shared<net::ServeOptions const>();
  return [session_options, serve_options, services = reception_services(context)](net::Connection connection) {
    std::optional<unsigned> const user = connection.user();
    if (!user) return;
    auto answers = std::make_unique<LocalAnswers>(services, *user);
    auto session = std::make_unique<smtp::Session>(session_options, smtp::Tls::off);
    net::Loop& loop = connection.loop();
    net::spawn(loop, net::serve(std::move(connection), std::move(session), std::move(answers), serve_options));
  };
}

}  // namespace yubin::server
