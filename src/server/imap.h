// The IMAP service: answers who somebody is; everything else the session does on the store itself.
#pragma once

#include <string>

#include "imap/session.h"
#include "net/serve.h"
#include "server/login.h"

namespace yubin::server {

// Answers the questions of one connection's IMAP session (net/serve.h). On the connection's loop.
class ImapAnswers {
 public:
  using Session = imap::Session;

  ImapAnswers(LoginServices services, std::string peer) : login_(services, "imap", std::move(peer)) {}

  net::Task<Session::Answer> answer(Session& session, imap::AskLogin question);
  net::Task<Session::Answer> answer(Session& session, AskSasl question);
  void secured(tls::Facts const& facts) { login_.secured(facts); }
  bool authenticated() const { return login_.succeeded(); }
  void ended(Session&, net::Ending ending) { login_.ended(ending); }

 private:
  Login login_;
};

}  // namespace yubin::server
