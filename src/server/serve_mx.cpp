#include "server/mx.h"
#include "server/services.h"

namespace yubin::server {

net::Listener::OnConnection serve_mx(ServiceContext const& context) {
  Objects const& objects = context.objects;
  auto session_options = std::make_shared<smtp::Options>(context.settings->mx);
  session_options->host_name = context.settings->host_name;
  session_options->starttls = context.tls != nullptr;
  auto serve_options = std::make_shared<net::ServeOptions>();
  serve_options->tls = context.tls;
  auto services = std::make_shared<MxServices const>(
      MxServices{objects.directory, objects.store, objects.journal, objects.delivery, objects.pool,
                 context.settings->host_name, context.settings->default_domain});
  return [session_options, serve_options, services](net::Connection connection) {
    auto answers = std::make_unique<MxAnswers>(services, connection.peer().address.text());
    auto session = std::make_unique<smtp::Session>(session_options);
    net::Loop& loop = connection.loop();
    net::spawn(loop, net::serve(std::move(connection), std::move(session), std::move(answers),
                                std::shared_ptr<net::ServeOptions const>(serve_options)));
  };
}

}  // namespace yubin::server
