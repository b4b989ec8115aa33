#include "server/lmtp.h"
#include "server/serve_smtp.h"

namespace yubin::server {

net::Listener::OnConnection serve_lmtp(ServiceContext const& context) {
  smtp::Options options = context.settings->smtp;
  options.protocol = smtp::Protocol::lmtp;
  options.dsn = true;
  auto make = [services = reception_services(context)](std::string peer) {
    return std::make_unique<LmtpAnswers>(services, std::move(peer));
  };
  return serve_smtp(context, std::move(options), std::move(make));
}

}  // namespace yubin::server
