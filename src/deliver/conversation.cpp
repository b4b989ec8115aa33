#include "deliver/conversation.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <utility>

namespace yubin::deliver {

namespace {

constexpr std::chrono::seconds kHandshake{60};

smtp::OutgoingMessage outgoing(queue::Job const& job, OutgoingBody const& body, smtp::Extensions const& extensions,
                               bool is_lmtp) {
  using smtp::BodyType;
  smtp::Envelope envelope{job.message.reverse_path, job.message.parameters, {}};
  envelope.parameters.size = body.size();
  // What it is counts, not what was said of it. A server that takes 8-bit gets it told; to one that does not, what
  // could not be encoded in another way is not sent (RFC 6152 section 3).
  BodyType& type = envelope.parameters.body;
  bool const takes_eight_bit = extensions.eight_bit_mime;
  if (type == BodyType::eight_bit_mime && body.is_seven_bit() && !takes_eight_bit) type = BodyType::seven_bit;
  if (type == BodyType::seven_bit && !body.is_seven_bit() && takes_eight_bit) type = BodyType::eight_bit_mime;
  for (queue::Job::One const& one : job.recipients) envelope.recipients.push_back(one.row.recipient);
  // What takes mail by LMTP puts it into mailboxes, so the way is over.
  if (is_lmtp) envelope.parameters.require_tls = false;
  return {std::move(envelope)};
}

// Its lines may change while this server runs, so it is read at each login.
Result<std::string> first_line_of(std::filesystem::path const& file) {
  std::ifstream in(file);
  std::string line;
  if (!std::getline(in, line)) return fail(Errc::not_found, file.string() + " cannot be read, or is empty");
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
  return line;
}

}  // namespace

Result<auth::ClientLogin> login_of(MailRoute const& route) {
  bool const by_token = !route.token.empty();
  auth::ClientLogin login{.user = route.user, .password = {}, .token = {}};
  TRY(std::string line, first_line_of(by_token ? route.token : route.password));
  (by_token ? login.token : login.password) = Secret(std::move(line));
  return login;
}

net::Task<Conversation::Answer> Conversation::answer(Session&, smtp::LogIn question) {
  auth::Channel const channel = secured_ ? auth::Channel::encrypted : auth::Channel::in_clear;
  Result<auth::ClientLogin> login;
  auto read = [&] { login = login_of(route_); };
  co_await net::run_on(services_.pool, Lane::reading, std::ref(read));
  if (!login) co_return smtp::GiveUp{login.error().detail};
  sasl_ = auth::make_sasl_client(question.mechanisms, *std::move(login), channel, services_.random);
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

// The message before is settled; there may be more for this destination.
net::Task<bool> Conversation::take_next() {
  SteadyTime const now = services_.clock.steady();
  if (!paced_.pace.may_go_on(paced_.group.name, paced_.group.limits, sent_, now)) co_return false;
  Result<std::optional<queue::Job>> next;
  auto work = [&] { next = services_.queue.take(destination_); };
  co_await net::run_on(services_.pool, Lane::delivery, std::ref(work));
  if (!next || !*next) co_return false;
  if (!may_take(**next)) {
    services_.queue.postpone(std::move(**next), std::chrono::seconds(0));  // due again, for another connection
    co_return false;
  }
  job_ = std::move(**next);
  co_return true;
}

// On the pool. What cannot be read shows again when it is sent.
void Conversation::prepare(bool takes_eight_bit) {
  Result<> const prepared = body_->prepare(takes_eight_bit);
  signed_by_.clear();
  if (services_.signing == nullptr || !prepared) return;
  Result<Signing::Signed> made = services_.signing->sign(job_->id, job_->message, *body_);
  signed_by_ = made ? made->fact : "no: " + made.error().detail;
  if (made) body_->put_before(std::move(made->fields));
}

// It goes the same way, and what it asks of TLS is here.
bool Conversation::may_take(queue::Job const& job) const {
  if (services_.in_force->load() != &options_) return false;
  if (&find_route(options_.routes, job.destination, job.message.reverse_path) != &route_) return false;
  using Kind = TlsPolicy::Kind;
  bool const verified = host_.tls.kind == Kind::authorities || host_.tls.kind == Kind::dane;
  return !job.message.parameters.require_tls || verified || route_.via == MailRoute::Via::lmtp;
}

// RFC 8689 section 4.2.1: a host that does not promise to go on over TLS is not given the message, but another may be.
bool Conversation::keeps_promise(Session const& session) {
  bool const asked = job_->message.parameters.require_tls && route_.via != MailRoute::Via::lmtp;
  if (!asked || (secured_ && session.extensions().require_tls)) return true;
  unusable_ = smtp::OutcomeDetail{
      {5, 7, 30}, "", host_.name, "the message must go over TLS all the way, and the server does not promise that"};
  return false;
}

net::Task<Conversation::Answer> Conversation::answer(Session& session, smtp::NextMessage) {
  if (sent_++ > 0) {
    bool const more = co_await take_next();
    if (!more) co_return Done{};
  }
  if (!keeps_promise(session)) co_return Done{};
  destination_ = job_->destination;
  body_.emplace(services_.bodies, job_->message);
  bool const binary = job_->message.parameters.body == smtp::BodyType::binary_mime;
  auto work = [&] { prepare(binary || session.extensions().eight_bit_mime); };
  co_await net::run_on(services_.pool, Lane::reading, std::ref(work));
  co_return outgoing(*job_, *body_, session.extensions(), route_.via == MailRoute::Via::lmtp);
}

net::Task<Conversation::Answer> Conversation::answer(Session&, smtp::NextChunk question) {
  Result<OutgoingBody::Piece> piece;
  auto work = [&] { piece = body_->next(question.at_most); };
  co_await net::run_on(services_.pool, Lane::reading, std::ref(work));
  if (!piece) co_return smtp::GiveUp{"the message cannot be read: " + piece.error().detail};
  co_return smtp::NextBytes{std::move(piece->bytes), piece->last};
}

Way Conversation::way_now(Session const& session) {
  Way way = std::exchange(way_, {});
  way.peer = address_of(host_);
  std::string why = in_clear_;
  if (why.empty()) why = session.extensions().starttls ? "the server refuses STARTTLS" : "the server offers no TLS";
  Way const now = secured_ ? *secured_ : clear_way(std::move(why));
  way.tls = now.tls;
  way.facts.insert(way.facts.end(), now.facts.begin(), now.facts.end());
  if (!signed_by_.empty()) way.facts.emplace_back("signed", signed_by_);
  return way;
}

net::Task<> Conversation::answer(Session& session, smtp::MessageOutcome notice) {
  queue::Job job = *std::exchange(job_, std::nullopt);
  Way way = way_now(session);
  paced_.pace.note(paced_.group.name, sign_of(notice.recipients), services_.clock.steady());
  // An error is logged there, and the recipients are due again.
  (void)co_await settle_job(services_, std::move(job), std::move(notice.recipients), queue::Reached::yes,
                            std::move(way), notice.dsn ? PeerReports::yes : PeerReports::no);
}

net::Task<> Conversation::answer(Session&, smtp::Unusable notice) {
  if (means_slow_down(notice.why)) paced_.pace.note(paced_.group.name, PaceSign::slow_down, services_.clock.steady());
  unusable_ = std::move(notice.why);
  co_return;
}

net::Task<bool> Conversation::start_tls(net::Connection& connection) {
  auto context = services_.tls->wanting(host_.tls.wanted);
  bool const secure = co_await connection.start_tls(std::move(context), host_.name, kHandshake);
  tls_failed_ = !secure;
  co_return secure;
}

}  // namespace yubin::deliver
