#include "server/login_services.h"
#include "server/pop3.h"

namespace yubin::server {

net::Listener::OnConnection serve_pop3(ServiceContext const& context) {
  using Tls = pop3::Connection::Tls;
  Objects const& objects = context.objects;
  auto session_options = std::make_shared<pop3::Options>(context.settings->pop3);
  Mechanisms const& mechanisms = context.settings->mechanisms;
  session_options->mechanisms = mechanisms.of(mechanisms.pop3);
  auto serve_options = std::make_shared<net::ServeOptions>();
  serve_options->tls = context.tls;
  serve_options->implicit_tls = context.tls_at_once;
  serve_options->executor = &objects.pool;
  serve_options->login = std::chrono::minutes(3);
  pop3::Connection const begin{context.tls_at_once ? Tls::on : context.tls ? Tls::offered : Tls::none};
  LoginServices const services = login_services(context, session_options->mechanisms);
  return [&store = objects.store, &clock = objects.clock, session_options, serve_options, begin,
          services](net::Connection connection) {
    auto answers = std::make_unique<Pop3Answers>(services, connection.peer().address.text());
    auto session = std::make_unique<pop3::Session>(pop3::Session::Services{store, clock, session_options}, begin);
    net::Loop& loop = connection.loop();
    net::spawn(loop, net::serve(std::move(connection), std::move(session), std::move(answers),
                                std::shared_ptr<net::ServeOptions const>(serve_options)));
  };
}

}  // namespace yubin::server
