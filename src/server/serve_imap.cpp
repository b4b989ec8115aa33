#include "server/imap.h"
#include "server/login_services.h"

namespace yubin::server {

net::Listener::OnConnection serve_imap(ServiceContext const& context) {
  using Tls = imap::Connection::Tls;
  Objects const& objects = context.objects;
  auto session_options = std::make_shared<imap::Options>(context.settings->imap);
  Mechanisms const& mechanisms = context.settings->mechanisms;
  session_options->mechanisms = mechanisms.of(mechanisms.imap);
  auto serve_options = std::make_shared<net::ServeOptions>();
  serve_options->tls = context.tls;
  serve_options->implicit_tls = context.tls_at_once;
  serve_options->executor = &objects.pool;
  serve_options->login = std::chrono::minutes(3);
  imap::Connection const begin{context.tls_at_once ? Tls::on : context.tls ? Tls::offered : Tls::none};
  LoginServices const services = login_services(context, session_options->mechanisms);
  return [&store = objects.store, &clock = objects.clock, session_options, serve_options, begin,
          services](net::Connection connection) {
    auto answers = std::make_unique<ImapAnswers>(services, connection.peer().address.text());
    auto session = std::make_unique<imap::Session>(
        imap::Session::Services{store, clock, session_options, connection.waker()}, begin);
    net::Loop& loop = connection.loop();
    net::spawn(loop, net::serve(std::move(connection), std::move(session), std::move(answers),
                                std::shared_ptr<net::ServeOptions const>(serve_options)));
  };
}

}  // namespace yubin::server
