#include "server/mx.h"
#include "server/serve_smtp.h"

namespace yubin::server {

net::Listener::OnConnection serve_mx(ServiceContext const& context) {
  auto make = [services = reception_services(context)](std::string peer) {
    return std::make_unique<MxAnswers>(services, std::move(peer));
  };
  return serve_smtp(context, context.settings->smtp, std::move(make));
}

}  // namespace yubin::server
