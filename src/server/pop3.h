// The POP3 service: answers who somebody is; everything else the session does on the store itself.
#pragma once

#include <string>

#include "net/serve.h"
#include "pop3/session.h"
#include "server/login.h"

namespace yubin::server {

// Answers the questions of one connection's POP3 session (net/serve.h). On the connection's loop.
class Pop3Answers {
 public:
  using Session = pop3::Session;

  Pop3Answers(LoginServices services, std::string peer) : login_(services, "pop3", std::move(peer)) {}

  net::Task<Session::Answer> answer(Session& session, pop3::AskLogin question);
  net::Task<Session::Answer> answer(Session& session, AskSasl question);
  void secured(tls::Facts const& facts) { login_.secured(facts); }
  bool authenticated() const { return login_.succeeded(); }
  void ended(Session&, net::Ending ending) { login_.ended(ending); }

 private:
  Login login_;
};

}  // namespace yubin::server
