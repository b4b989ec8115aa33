// Who is there? What the services with a login have in common: asking the authenticator, and a row in the journal for
// what became of it.
#pragma once

#include <memory>
#include <string>
#include <variant>

#include "auth/sasl_exchange.h"
#include "base/sasl.h"
#include "journal/journal.h"
#include "net/connection.h"
#include "net/task.h"
#include "store/store.h"
#include "tls/context.h"

namespace yubin::server {

// All outlive the connections.
struct LoginServices {
  auth::Authenticator& authenticator;
  store::Store& store;
  journal::Journal& journal;
  std::uint64_t generation = 0;                         // of the settings
  bool offers_to_bind = false;                          // SCRAM-SHA-256-PLUS is among the service's mechanisms
  std::shared_ptr<auth::TokenVerifier const> tokens{};  // none: no token is good
};

// One connection's logins, on its loop. No two of its tasks run at once.
class Login {
 public:
  Login(LoginServices services, std::string service, std::string peer)
      : services_(std::move(services)),
        service_(std::move(service)),
        peer_(std::move(peer)),
        exchange_(services_.authenticator, peer_, service_) {
    exchange_.take_tokens(services_.tokens);
  }

  void secured(tls::Facts const& facts);

  // LOGIN, USER and PASS.
  net::Task<auth::LoginResult> password(std::string user, Secret password);
  // A message of a SASL exchange.
  net::Task<auth::SaslResult> sasl(AskSasl message);

  // Somebody has logged in on this connection.
  bool succeeded() const { return succeeded_; }
  // What the client is told.
  static std::string_view sentence(auth::TryLater const& later) {
    return later.why == auth::TryLater::Why::guessing ? "Too many wrong passwords, please wait a minute"
                                                      : "Not possible at the moment, please try again later";
  }

  // The connection is over. One that nobody logged in on, or tried to, is noted in the journal.
  void ended(net::Ending ending);

  std::string const& peer() const { return peer_; }
  std::string const& tls() const { return tls_; }

 private:
  net::Task<bool> make_ready(auth::LoggedIn who);
  void record(std::string const& user, std::string_view verdict, std::string_view reason,
              std::string_view app_password = {});
  void record_failure(std::string const& user, std::string_view verdict, std::string_view reason,
                      auth::Failures failures);

  LoginServices services_;
  std::string service_;
  std::string peer_;
  std::string tls_;
  bool tried_ = false;  // a login, so that the journal knows of this connection
  auth::SaslExchange exchange_;
  bool succeeded_ = false;
};

}  // namespace yubin::server
