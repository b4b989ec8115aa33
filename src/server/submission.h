// The submission service (RFC 6409, RFC 8314): takes mail from this server's own people, on ports 587 and 465.
#pragma once

#include <memory>
#include <optional>

#include "directory/sending_counts.h"
#include "net/serve.h"
#include "server/login.h"
#include "server/reception.h"

namespace yubin::server {

struct SubmissionOptions {
  bool login_in_clear = false;      // for load tools on loopback only
  unsigned max_failed_logins = 10;  // of a connection
  std::chrono::seconds login_time{180};
  // The envelope's sender must lead to the account that is logged in: its own address, an alias, one with a detail; or
  // be null. (RFC 6409 section 6.1)
  bool own_sender_only = true;
  directory::SendingRules sending{};
};

// Answers the questions of one connection's SMTP session (net/serve.h). On the connection's loop.
class SubmissionAnswers {
 public:
  using Session = smtp::Session;
  using Answer = smtp::Session::Answer;

  // `counts` outlives it; none: anybody may send as much as they like.
  SubmissionAnswers(std::shared_ptr<ReceptionServices const> services, LoginServices login, SubmissionOptions options,
                    directory::SendingCounts* counts, std::string const& peer);

  net::Task<> body(std::string_view chunk) { return reception_.body(chunk); }
  net::Task<Answer> answer(Session& session, AskSasl question);
  net::Task<Answer> answer(Session& session, smtp::AskMail question);
  net::Task<Answer> answer(Session& session, smtp::AskRecipient question);
  net::Task<Answer> answer(Session& session, smtp::AskMessage question);
  net::Task<> answer(Session& session, smtp::DropBody notice);
  void secured(tls::Facts const& facts);
  bool authenticated() const { return login_.succeeded(); }
  void ended(Session&, net::Ending ending) { reception_.ended(ending); }

 private:
  net::Task<Result<bool>> is_own(mime::Address address);
  net::Task<Result<>> open_charge();

  std::shared_ptr<ReceptionServices const> services_;
  Reception reception_;
  Login login_;
  SubmissionOptions options_;
  directory::SendingCounts* counts_;
  directory::AccountId account_{0};  // who is logged in
  std::optional<mime::Address> user_;
  std::unique_ptr<directory::SendingCharge> charge_;  // of this transaction
};

}  // namespace yubin::server
