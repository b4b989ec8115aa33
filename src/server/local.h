// Mail from programs on this machine, by the submission socket: cron, scripts, `sendmail`. Who connects is known from
// the kernel, so there is no login; and the name of each user is in the journal and in the Received field.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "net/serve.h"
#include "server/reception.h"
#include "server/services.h"

namespace yubin::server {

// Answers the questions of one connection's SMTP session (net/serve.h). On the connection's loop.
class LocalAnswers {
 public:
  using Session = smtp::Session;
  using Answer = smtp::Session::Answer;

  LocalAnswers(std::shared_ptr<ReceptionServices const> services, unsigned user);

  net::Task<> body(std::string_view chunk) { return reception_.body(chunk); }
  net::Task<Answer> answer(Session& session, smtp::AskMail question);
  net::Task<Answer> answer(Session& session, smtp::AskRecipient question);
  net::Task<Answer> answer(Session& session, smtp::AskMessage question);
  net::Task<Answer> answer(Session& session, AskSasl question);
  net::Task<> answer(Session& session, smtp::DropBody notice);
  void secured(tls::Facts const&) {}
  bool authenticated() const { return true; }
  void ended(Session&, net::Ending ending) { reception_.ended(ending); }

 private:
  net::Task<mime::Address> home_of(mime::Address address);

  std::shared_ptr<ReceptionServices const> services_;
  Reception reception_;
};

// The listener's socket must be one of the file system.
net::Listener::OnConnection serve_local(ServiceContext const& context);

}  // namespace yubin::server
