// What answers an outgoing connection's SMTP session (net/serve.h): which messages, their bytes, the login, TLS.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "deliver/outgoing_body.h"
#include "deliver/providers.h"
#include "deliver/remote.h"
#include "deliver/tls_policy.h"
#include "net/serve.h"
#include "smtp/client_session.h"

namespace yubin::deliver {

// Whose pace a connection keeps to.
struct Paced {
  Pace& pace;
  PaceGroup group;
};

// Reads the file. Errors: not_found.
Result<auth::ClientLogin> login_of(MailRoute const& route);

// One connection's. On its loop.
class Conversation {
 public:
  using Session = smtp::ClientSession;
  using Answer = Session::Answer;

  // `services`, `options` and `route` outlive it. `way`: what was tried before. `in_clear`: why no TLS is wanted;
  // empty: it is.
  Conversation(RemoteServices const& services, RemoteOptions const& options, MailRoute const& route, RemoteHost host,
               queue::Job job, Way way, std::string in_clear, Paced paced)
      : services_(services),
        options_(options),
        route_(route),
        host_(std::move(host)),
        job_(std::move(job)),
        way_(std::move(way)),
        in_clear_(std::move(in_clear)),
        paced_(std::move(paced)) {}

  net::Task<Answer> answer(Session& session, smtp::LogIn question);
  net::Task<Answer> answer(Session& session, smtp::SaslServerSays question);
  net::Task<Answer> answer(Session& session, smtp::SaslOver question);
  net::Task<Answer> answer(Session& session, smtp::NextMessage question);
  net::Task<Answer> answer(Session& session, smtp::NextChunk question);
  net::Task<> answer(Session& session, smtp::MessageOutcome notice);
  net::Task<> answer(Session& session, smtp::Unusable notice);
  net::Task<bool> start_tls(net::Connection& connection);
  void secured(tls::Facts const& facts) { secured_ = secured_way(host_.tls, facts); }

  // After the end: the job, if it is not settled, and why.
  std::optional<queue::Job> take_job() { return std::exchange(job_, std::nullopt); }
  std::optional<smtp::OutcomeDetail> const& unusable() const { return unusable_; }
  bool tls_failed() const { return tls_failed_; }
  bool is_secured() const { return secured_.has_value(); }

 private:
  net::Task<bool> take_next();
  void prepare(bool takes_eight_bit);
  bool may_take(queue::Job const& job) const;
  bool keeps_promise(Session const& session);
  Way way_now(Session const& session);

  RemoteServices const& services_;
  RemoteOptions const& options_;
  MailRoute const& route_;
  RemoteHost host_;
  std::optional<queue::Job> job_;
  std::string destination_;
  std::size_t sent_ = 0;  // messages, the one that is on its way too
  std::optional<OutgoingBody> body_;
  std::string signed_by_;  // or why it is not signed
  std::unique_ptr<auth::SaslClient> sasl_;
  std::optional<smtp::OutcomeDetail> unusable_;
  Way way_;  // for the first message
  std::string const in_clear_;
  Paced paced_;
  std::optional<Way> secured_;
  bool tls_failed_ = false;
};

}  // namespace yubin::deliver
