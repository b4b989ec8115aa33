// The LMTP service (RFC 2033): takes mail for our own domains from another mail server of the same operator.
#pragma once

#include "net/serve.h"
#include "server/reception.h"

namespace yubin::server {

// Answers the questions of one connection's LMTP session (net/serve.h). On the connection's loop.
class LmtpAnswers {
 public:
  using Session = smtp::Session;
  using Answer = smtp::Session::Answer;

  LmtpAnswers(std::shared_ptr<ReceptionServices const> services, std::string peer);

  net::Task<> body(std::string_view chunk) { return reception_.body(chunk); }
  net::Task<Answer> answer(Session& session, smtp::AskMail question);
  net::Task<Answer> answer(Session& session, smtp::AskRecipient question);
  net::Task<Answer> answer(Session& session, smtp::AskMessage question);
  net::Task<Answer> answer(Session& session, AskSasl question);  // never asked: no mechanism is offered
  net::Task<> answer(Session& session, smtp::DropBody notice);
  void secured(tls::Facts const& facts) { reception_.secured(facts); }
  void ended(Session&, net::Ending ending) { reception_.ended(ending); }

 private:
  Reception reception_;
};

}  // namespace yubin::server
