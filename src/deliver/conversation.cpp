#include "deliver/conversation.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace yubin::deliver {

namespace {

constexpr std::chrono::seconds kHandshake{60};

std::uint64_t size_of(queue::Job const& job) {
  return job.message.prefix.size() + job.message.body.size;
}

smtp::OutgoingMessage outgoing(queue::Job const& job) {
  smtp::Envelope envelope{job.message.reverse_path, job.message.parameters, {}};
  envelope.parameters.size = size_of(job);
  for (queue::Job::One const& one : job.recipients) envelope.recipients.push_back(one.row.recipient);
  return {std::move(envelope)};
}

}  // namespace

net::Task<Conversation::Answer> Conversation::answer(Session&, smtp::LogIn question) {
  auth::Channel const channel = tls_.empty() ? auth::Channel::in_clear : auth::Channel::encrypted;
  sasl_ = auth::make_sasl_client(question.mechanisms, {options_.relay_user, Secret(options_.relay_password)}, channel,
                                 services_.random);
  if (!sasl_) co_return smtp::GiveUp{"the server offers no way to log in that we would use"};
  std::optional<Secret> initial = sasl_->begin();
  co_return smtp::SaslStart{std::string(sasl_->name()), std::move(initial)};
}

// A hash of many rounds may be wanted, so not on the loop.
net::Task<Conversation::Answer> Conversation::answer(Session&, smtp::SaslServerSays question) {
  Result<Secret> response;
  auto work = [&] { response = sasl_->respond(question.bytes); };
  co_await net::run_on(services_.pool, Lane::reading, std::ref(work));
  if (!response) co_return smtp::GiveUp{response.error().detail};
  co_return smtp::SaslResponse{*std::move(response)};
}

net::Task<Conversation::Answer> Conversation::answer(Session&, smtp::SaslOver) {
  Result<> const proved = sasl_->finish();
  if (!proved) co_return smtp::GiveUp{proved.error().detail};
  co_return Done{};
}

net::Task<Conversation::Answer> Conversation::answer(Session&, smtp::NextMessage) {
  position_ = 0;
  if (std::exchange(asked_, true)) {
    // The message before is settled; there may be more for this destination.
    Result<std::optional<queue::Job>> next;
    auto work = [&] { next = services_.queue.take(destination_); };
    co_await net::run_on(services_.pool, Lane::delivery, std::ref(work));
    if (!next || !*next) co_return Done{};
    job_ = std::move(**next);
  }
  destination_ = job_->destination;
  co_return outgoing(*job_);
}

Result<std::string> Conversation::read(std::size_t at_most) {
  std::string const& prefix = job_->message.prefix;
  if (position_ < prefix.size()) return prefix.substr(position_, at_most);
  return services_.bodies.read(job_->message.body.id, position_ - prefix.size(), at_most);
}

net::Task<Conversation::Answer> Conversation::answer(Session&, smtp::NextChunk question) {
  Result<std::string> bytes;
  auto work = [&] { bytes = read(question.at_most); };
  co_await net::run_on(services_.pool, Lane::reading, std::ref(work));
  if (!bytes) co_return smtp::GiveUp{"the message cannot be read: " + bytes.error().detail};
  position_ += bytes->size();
  bool const last = position_ >= size_of(*job_);
  if (bytes->empty() && !last) co_return smtp::GiveUp{"the message is shorter than it was"};
  co_return smtp::NextBytes{*std::move(bytes), last};
}

net::Task<> Conversation::answer(Session&, smtp::MessageOutcome notice) {
  queue::Job job = *std::exchange(job_, std::nullopt);
  // An error is logged there, and the recipients are due again.
  (void)co_await settle_job(services_, std::move(job), std::move(notice.recipients), queue::Reached::yes, tls_,
                            notice.dsn ? PeerReports::yes : PeerReports::no);
}

net::Task<> Conversation::answer(Session&, smtp::Unusable notice) {
  unusable_ = std::move(notice.why);
  co_return;
}

net::Task<bool> Conversation::start_tls(net::Connection& connection) {
  auto const& context = options_.relay.empty() || !options_.relay_tls ? services_.any_tls : services_.sure_tls;
  bool const secure = co_await connection.start_tls(context, host_.name, kHandshake);
  tls_failed_ = !secure;
  co_return secure;
}

}  // namespace yubin::deliver
