// The IMAP service: answers who somebody is; everything else the session does on the store itself.
#pragma once

#include <memory>
#include <string>

#include "auth/authenticator.h"
#include "imap/session.h"
#include "journal/journal.h"
#include "net/serve.h"
#include "store/store.h"

namespace yubin::server {

// All outlive the connections.
struct ImapServices {
  auth::Authenticator& authenticator;
  store::Store& store;
  journal::Journal& journal;
};

// Answers the questions of one connection's IMAP session (net/serve.h). On the connection's loop.
class ImapAnswers {
 public:
  using Session = imap::Session;

  ImapAnswers(std::shared_ptr<ImapServices const> services, std::string peer)
      : services_(std::move(services)), peer_(std::move(peer)) {}

  net::Task<imap::Session::Answer> answer(Session& session, imap::AskLogin question);
  void secured(tls::Facts const& facts) { tls_ = facts.version + " " + facts.cipher; }
  void ended(Session&, net::Ending) {}

 private:
  void record(std::string const& user, std::string_view verdict, std::string_view reason);

  std::shared_ptr<ImapServices const> services_;
  std::string peer_;
  std::string tls_;
};

}  // namespace yubin::server
