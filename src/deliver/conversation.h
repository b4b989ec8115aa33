// What answers an outgoing connection's SMTP session (net/serve.h): which messages, their bytes, the login, TLS.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "deliver/remote.h"
#include "net/serve.h"
#include "smtp/client_session.h"

namespace yubin::deliver {

// One connection's. On its loop.
class Conversation {
 public:
  using Session = smtp::ClientSession;
  using Answer = Session::Answer;

  // `services` and `options` outlive it.
  Conversation(RemoteServices const& services, RemoteOptions const& options, RemoteHost host, queue::Job job)
      : services_(services), options_(options), host_(std::move(host)), job_(std::move(job)) {}

  net::Task<Answer> answer(Session& session, smtp::LogIn question);
  net::Task<Answer> answer(Session& session, smtp::SaslServerSays question);
  net::Task<Answer> answer(Session& session, smtp::SaslOver question);
  net::Task<Answer> answer(Session& session, smtp::NextMessage question);
  net::Task<Answer> answer(Session& session, smtp::NextChunk question);
  net::Task<> answer(Session& session, smtp::MessageOutcome notice);
  net::Task<> answer(Session& session, smtp::Unusable notice);
  net::Task<bool> start_tls(net::Connection& connection);
  void secured(tls::Facts const& facts) { tls_ = facts.version + " " + facts.cipher; }

  // After the end: the job, if it is not settled, and why.
  std::optional<queue::Job> take_job() { return std::exchange(job_, std::nullopt); }
  std::optional<smtp::OutcomeDetail> const& unusable() const { return unusable_; }
  bool tls_failed() const { return tls_failed_; }

 private:
  Result<std::string> read(std::size_t at_most);

  RemoteServices const& services_;
  RemoteOptions const& options_;
  RemoteHost host_;
  std::optional<queue::Job> job_;
  std::string destination_;
  bool asked_ = false;          // for the first message
  std::uint64_t position_ = 0;  // in prefix and body
  std::unique_ptr<auth::SaslClient> sasl_;
  std::optional<smtp::OutcomeDetail> unusable_;
  std::string tls_;
  bool tls_failed_ = false;
};

}  // namespace yubin::deliver
