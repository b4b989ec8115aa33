// One message: MAIL, RCPT, and DATA or BDAT, with what the server has to be able to do for it.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "smtp/client_session.h"
#include "smtp/grammar.h"
#include "smtp/parameters.h"

namespace yubin::smtp {

namespace {

// RFC 2920 section 3.1: commands on their way with nobody reading the replies could stop both sides. This many replies
// of usual length fit into any socket's buffer.
constexpr std::size_t kWindow = 100;
constexpr std::size_t kChunkWindow = 4;
constexpr std::size_t kChunk = 32 * 1024;

bool has_ascii_local_part(std::optional<mime::Address> const& address) {
  return !address || address->local_part().is_ascii();
}

// RFC 5321 section 4.5.3.1.10: 552 to a later RCPT may mean "too many recipients", and is then to be taken for 452.
bool means_too_many(RemoteReply const& reply) {
  constexpr EnhancedStatus kTooManyRecipients{5, 5, 3};
  return reply.code == 552 && (!reply.status || reply.status == kTooManyRecipients);
}

}  // namespace

void ClientSession::begin(Answer answer) {
  if (std::holds_alternative<Done>(answer)) {
    stopping_ = true;
    return;
  }
  auto message = std::get<OutgoingMessage>(std::move(answer));
  YUBIN_ASSERT(!message.envelope.recipients.empty());
  transaction_.emplace(Transaction{.envelope = std::move(message.envelope), .fates = {}, .only_ask = message.only_ask});
  transaction_->fates.resize(transaction_->envelope.recipients.size());
  phase_ = Phase::commands;
  refuse_what_cannot_be_sent();
}

void ClientSession::refuse_what_cannot_be_sent() {
  Transaction& t = *transaction_;
  MailParameters const& parameters = t.envelope.parameters;
  auto refuse_all = [&](EnhancedStatus status, std::string note) {
    set_open(Failed{{status, "", options_->peer, std::move(note)}});
    t.next = Transaction::Next::nothing;
  };
  // RFC 1870 section 6.1, and section 3 for what the limit counts.
  if (extensions_.size && parameters.size.value_or(0) > *extensions_.size)
    return refuse_all({5, 3, 4}, fmt::format("the message has {} octets, and the server takes at most {}",
                                             *parameters.size, *extensions_.size));
  // RFC 6152 section 3: to be converted or not to be sent.
  if (parameters.body == BodyType::eight_bit_mime && !extensions_.eight_bit_mime)
    return refuse_all({5, 6, 3}, "the message has 8-bit characters, and the server takes 7-bit ones only");
  bool const binary = parameters.body == BodyType::binary_mime;
  if (binary && !(extensions_.binary_mime && extensions_.chunking))
    return refuse_all({5, 6, 3}, "the message is in BINARYMIME, and the server does not take that");
  t.chunked = extensions_.chunking && (binary || options_->chunking == ClientOptions::Chunking::if_offered);

  // RFC 8689 section 4.2.1: 5.7.10 and 5.7.30.
  if (parameters.require_tls && tls_ == Tls::off)
    return refuse_all({5, 7, 10}, "the message must go over TLS, and there is none to this server");
  if (parameters.require_tls && !extensions_.require_tls)
    return refuse_all({5, 7, 30}, "the message must go over TLS all the way, and the server does not promise that");

  // RFC 6531 section 3.2; X.6.9 and X.6.7 are of its section 3.5.
  bool const utf8_message = parameters.smtputf8 || !has_ascii_local_part(t.envelope.reverse_path.address());
  t.smtputf8 = utf8_message;
  if (utf8_message && !extensions_.smtputf8)
    return refuse_all({5, 6, 9}, "the message needs SMTPUTF8, which the server does not offer");
  for (std::size_t i = 0; i < t.fates.size(); ++i) {
    if (has_ascii_local_part(t.envelope.recipients[i].path.address())) continue;
    t.smtputf8 = true;
    if (!extensions_.smtputf8)
      t.fates[i] =
          Failed{{{5, 6, 7}, "", options_->peer, "the address is not ASCII, and the server does not offer SMTPUTF8"}};
  }
  t.smtputf8 = t.smtputf8 && extensions_.smtputf8;
  bool const none_left = std::ranges::all_of(t.fates, [](auto const& fate) { return fate.has_value(); });
  if (none_left) t.next = Transaction::Next::nothing;
}

std::optional<ClientSession::Event> ClientSession::go_on_with_commands() {
  Transaction& t = *transaction_;
  while (t.next != Transaction::Next::nothing && may_send()) send_next();
  if (t.next != Transaction::Next::nothing || !awaited_.empty()) return need_input();
  if (t.chunked && !t.accepted.empty()) {
    t.writer.emplace(DataWriter::Framing::chunks);
    phase_ = Phase::body;
    return {};
  }
  // Nobody is left to send it to.
  dirty_ = dirty_ || t.begun;
  phase_ = Phase::ready;
  return finish_message();
}

bool ClientSession::may_send() const {
  return awaited_.empty() || (extensions_.pipelining && awaited_.size() < kWindow);
}

void ClientSession::send_next() {
  switch (transaction_->next) {
    case Transaction::Next::mail:
      return send_mail();
    case Transaction::Next::rcpt:
      return send_rcpt();
    case Transaction::Next::data:
      return send_data();
    case Transaction::Next::nothing:
      return;
  }
}

void ClientSession::send_mail() {
  if (std::exchange(dirty_, false)) return command("RSET", Awaited::rset);
  Transaction& t = *transaction_;
  MailParameters const& parameters = t.envelope.parameters;
  std::string line = "MAIL FROM:" + t.envelope.reverse_path.text();
  if (extensions_.size && parameters.size) line += fmt::format(" SIZE={}", *parameters.size);
  if (parameters.body == BodyType::eight_bit_mime) line += " BODY=8BITMIME";
  if (parameters.body == BodyType::binary_mime) line += " BODY=BINARYMIME";
  if (t.smtputf8) line += " SMTPUTF8";
  if (parameters.require_tls) line += " REQUIRETLS";
  if (extensions_.dsn) line += dsn_parameters(parameters);
  command(line, Awaited::mail);
  t.begun = true;
  t.next = Transaction::Next::rcpt;
}

void ClientSession::send_rcpt() {
  Transaction& t = *transaction_;
  std::size_t const index = t.asked++;
  if (t.asked == t.fates.size()) t.next = Transaction::Next::data;
  if (t.fates[index]) return;
  Recipient const& recipient = t.envelope.recipients[index];
  std::string line = "RCPT TO:" + recipient.path.text();
  if (extensions_.dsn) line += dsn_parameters(recipient.parameters);
  command(line, Awaited::rcpt);
  t.pending.push_back(index);
}

void ClientSession::send_data() {
  Transaction& t = *transaction_;
  t.next = Transaction::Next::nothing;
  // BDAT brings the message along, so it waits until somebody is known to take it.
  bool const wanted = !t.only_ask && (!t.accepted.empty() || !t.pending.empty());
  if (wanted && !t.chunked) command("DATA", Awaited::data);
}

void ClientSession::on_rset(RemoteReply const& reply) {
  if (!reply.is_positive()) refuse(reply, "RSET");
}

void ClientSession::on_mail(RemoteReply const& reply) {
  if (reply.first_digit() == 3) return not_expected(reply, "MAIL");
  transaction_->sender_taken = reply.is_positive();
  if (reply.is_positive()) return;
  set_open(outcome_of(reply, "MAIL"));
  transaction_->next = Transaction::Next::nothing;
}

void ClientSession::on_rcpt(RemoteReply const& reply) {
  if (reply.first_digit() == 3) return not_expected(reply, "RCPT");
  Transaction& t = *transaction_;
  std::size_t const index = t.pending.front();
  t.pending.pop_front();
  if (t.fates[index]) return;  // MAIL was refused
  if (reply.is_positive() && t.only_ask) {
    t.fates[index] = outcome_of(reply, "RCPT");
  } else if (reply.is_positive()) {
    t.accepted.push_back(index);
  } else if (!t.accepted.empty() && means_too_many(reply)) {
    OutcomeDetail why = detail_of(reply, "RCPT");
    why.status = {4, 5, 3};
    t.fates[index] = Deferred{std::move(why)};
  } else {
    t.fates[index] = outcome_of(reply, "RCPT");
  }
}

void ClientSession::on_data(RemoteReply const& reply) {
  Transaction& t = *transaction_;
  if (reply.is_positive()) return not_expected(reply, "DATA");
  if (reply.first_digit() != 3) return set_open(outcome_of(reply, "DATA"));
  if (!t.accepted.empty()) {
    t.writer.emplace(DataWriter::Framing::dots);
    phase_ = Phase::body;
    return;
  }
  // RFC 2920 section 3.1: the server wants data though it has refused every recipient. In LMTP nobody would answer it
  // (RFC 2033 section 4.2).
  if (is_lmtp()) return not_expected(reply, "DATA");
  command(".", Awaited::end);
}

std::optional<ClientSession::Event> ClientSession::go_on_with_body() {
  Transaction& t = *transaction_;
  if (t.sent) {
    if (!awaited_.empty()) return need_input();
    phase_ = Phase::ready;
    return finish_message();
  }
  if (!output_.empty()) return Send{std::exchange(output_, {})};
  // A chunk that is refused leaves an LMTP client in doubt how many replies the last one has, so there they wait.
  bool const pipelining = extensions_.pipelining && !is_lmtp();
  if (awaited_.size() >= (pipelining ? kChunkWindow : 1)) return need_input();
  return NextChunk{kChunk};
}

void ClientSession::take_bytes(Answer answer) {
  if (auto const* gone = std::get_if<GiveUp>(&answer)) return fail({4, 3, 0}, gone->why);
  auto& bytes = std::get<NextBytes>(answer);
  YUBIN_ASSERT(bytes.bytes.size() <= kChunk);
  if (transaction_->chunked) return send_chunk(bytes);
  transaction_->writer->write(bytes.bytes, output_);
  if (!bytes.last) return;
  transaction_->writer->finish(output_);
  await_end();
}

void ClientSession::send_chunk(NextBytes const& bytes) {
  std::string chunk;
  transaction_->writer->write(bytes.bytes, chunk);
  if (bytes.last) transaction_->writer->finish(chunk);
  if (chunk.empty() && !bytes.last) return;
  output_ += fmt::format("BDAT {}{}\r\n{}", chunk.size(), bytes.last ? " LAST" : "", chunk);
  if (bytes.last) return await_end();
  awaited_.push_back(Awaited::chunk);
}

void ClientSession::await_end() {
  transaction_->sent = true;
  // RFC 2033 section 4.2
  awaited_.insert(awaited_.end(), is_lmtp() ? transaction_->accepted.size() : 1, Awaited::end);
}

void ClientSession::on_chunk(RemoteReply const& reply) {
  if (reply.first_digit() == 3) return not_expected(reply, "BDAT");
  if (reply.is_positive()) return;
  // RFC 3030 section 2: the chunks that follow are refused too, until RSET.
  set_open(outcome_of(reply, "BDAT"));
  transaction_->sent = true;
  dirty_ = true;
}

void ClientSession::on_end(RemoteReply const& reply) {
  constexpr std::string_view kCommand = "the end of the data";
  if (reply.first_digit() == 3) return not_expected(reply, kCommand);
  Transaction& t = *transaction_;
  if (!is_lmtp()) return set_open(outcome_of(reply, kCommand));
  t.fates[t.accepted[t.ended++]] = outcome_of(reply, kCommand);
}

void ClientSession::on_quit(RemoteReply const&) {
  phase_ = Phase::closing;
}

void ClientSession::set_open(Outcome const& fate) {
  for (auto& one : transaction_->fates)
    if (!one) one = fate;
}

MessageOutcome ClientSession::finish_message() {
  MessageOutcome out{.recipients = {}, .dsn = extensions_.dsn, .sender_taken = transaction_->sender_taken};
  for (auto& fate : transaction_->fates) {
    YUBIN_ASSERT(fate.has_value());
    out.recipients.push_back(*std::move(fate));
  }
  transaction_.reset();
  return out;
}

}  // namespace yubin::smtp
