#include "server/login_services.h"
#include "server/serve_smtp.h"
#include "server/submission.h"

namespace yubin::server {

net::Listener::OnConnection serve_submission(ServiceContext const& context) {
  SubmissionOptions const& rules = context.settings->submission;
  smtp::Options options = context.settings->smtp;
  options.dsn = true;
  Mechanisms const& mechanisms = context.settings->mechanisms;
  options.mechanisms = mechanisms.of(mechanisms.submission);
  LoginServices const login = login_services(context, options.mechanisms);
  options.login_in_clear = rules.login_in_clear;
  options.max_failed_logins = rules.max_failed_logins;
  auto make = [services = reception_services(context), login, rules,
               counts = context.objects.sending](std::string const& peer) {
    return std::make_unique<SubmissionAnswers>(services, login, rules, counts, peer);
  };
  return serve_smtp(context, std::move(options), std::move(make), rules.login_time);
}

}  // namespace yubin::server
