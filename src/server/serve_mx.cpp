#include "server/mx.h"
#include "server/serve_smtp.h"

namespace yubin::server {

net::Listener::OnConnection serve_mx(ServiceContext const& context) {
  auto make = [services = reception_services(context)](std::string peer) {
    return std::make_unique<MxAnswers>(services, std::move(peer));
  };
  smtp::Options options = context.settings->smtp;
  options.dsn = true;
  return serve_smtp(context, std::move(options), std::move(make));
}

}  // namespace yubin::server
