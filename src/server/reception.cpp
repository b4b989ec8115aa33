#include "server/reception.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "deliver/dmarc_reports.h"
#include "deliver/reflector.h"
#include "deliver/send_report.h"
#include "mime/date.h"
#include "server/events.h"
#include "server/judge.h"
#include "server/reception_replies.h"

namespace yubin::server {

namespace {

using smtp::Reply;

// RFC 5321 section 4.2.2, RFC 3463 section 3.4.
Reply no_room_now() {
  return {452, {4, 3, 1}, "There is no room for mail here now, please try again later"};
}

// What a peer says of itself: any bytes, so only what a domain or a literal is made of is repeated.
std::string tame(std::string_view name) {
  std::string out;
  for (char c : name.substr(0, 255))
    out += is_alpha(c) || is_digit(c) || std::string_view(".-_:[]").find(c) != std::string_view::npos ? c : '?';
  return out;
}

}  // namespace

Reception::Reception(std::shared_ptr<ReceptionServices const> services, ReceptionRole const& role, std::string peer)
    : services_(std::move(services)), role_(role), peer_(std::move(peer)) {}

void Reception::begin(smtp::AskMail const& question) {
  write_refusals();
  intake_.reset();
  any_transaction_ = true;
  transaction_.emplace();
  journal::Entry& entry = transaction_->entry;
  entry.id = services_->journal.next_id();
  entry.service = role_.service;
  entry.generation = services_->generation;
  entry.peer = peer_;
  entry.helo = question.hello.name;
  entry.tls = tls_;
  entry.user = user_;
  if (auto const& sender = question.reverse_path.address()) {
    std::optional<mime::Address> const other =
        role_.submission ? services_->options.addresses.rewrite(*sender) : std::nullopt;
    entry.sender = other ? other->text() : sender->text();
  }
  vouched_ = false;
  vouching_ = Vouching::nobody;
  transaction_->extended = question.hello.extended;
  transaction_->parameters = question.parameters;
}

deliver::HeaderFilter Reception::header_filter() const {
  deliver::OwnResults own{services_->host_name};  // whether we write any or not: people trust what has our name
  if (comes_from_elsewhere()) return deliver::HeaderFilter(std::move(own));
  if (!role_.submission) return {};
  auto const now = std::chrono::floor<std::chrono::seconds>(services_->clock.now());
  return deliver::HeaderFilter(
      deliver::Completion{mime::format_date(now.time_since_epoch().count(), 0),
                          fmt::format("<{}@{}>", transaction_->entry.id.text(), services_->host_name)},
      std::move(own));
}

// Who speaks from this machine is none of others' servers.
bool Reception::comes_from_elsewhere() const {
  auto const peer = IpAddress::parse(peer_);
  return role_.judged && peer && !peer->is_loopback();
}

bool Reception::is_judged() const {
  return comes_from_elsewhere() && services_->resolver != nullptr && services_->judge.on();
}

void Reception::begin_intake() {
  if (intake_) return;
  reader_ = comes_from_elsewhere() ? std::make_shared<policy::MessageReader>() : nullptr;
  results_.clear();
  deliver::AddressRules const& rules = services_->options.addresses;
  intake_.emplace(services_->store, header_filter(), reader_, role_.submission && rules.rewrites() ? &rules : nullptr);
}

net::Task<> Reception::body(std::string_view chunk) {
  begin_intake();
  intake_->add(chunk);
  if (!intake_->wants_work()) co_return;
  // Its error comes again from finish(), when there is somebody to tell.
  auto work = [&] { (void)intake_->work(); };
  co_await net::run_on(services_->pool, Lane::delivery, std::ref(work));
}

net::Task<std::vector<Reply>> Reception::message(smtp::AskMessage question) {
  begin_intake();  // a message without a single byte has had no body()
  if (is_judged()) co_await judge_message();
  std::size_t const asked = transaction_->accepted.size();
  co_await add_copies();
  Result<Received> received = co_await finish_body(question.size);
  Result<> stored;
  if (!received) stored = std::unexpected(received.error());
  journal::EntryId const id = transaction_->entry.id;
  if (stored && received->sealed) stored = co_await delivered(*received, question.size);
  intake_.reset();
  if (!stored) {
    std::vector<Reply> refusals = not_stored(stored.error());
    refusals.resize(asked, refusals.front());
    co_return refusals;
  }
  Fates const& fates = received->fates;
  std::vector<Reply> all = replies(fates, {250, {2, 0, 0}, fmt::format("OK {}", id.text())});
  log_delivered(fates);
  if (received->sealed) co_await report_delivered(fates);
  if (!received->sealed) {
    for (std::size_t i = 0; i < fates.size(); ++i) all[i] = refuse(transaction_->accepted[i].address, *fates[i]);
    write_refusals();
  }
  transaction_.reset();
  all.resize(asked, all.front());  // nobody was told of the copies
  co_return all;
}

// What is found is written into the journal and the message; it decides nothing yet but what leaves in our name.
net::Task<> Reception::judge_message() {
  auto finish = [&] { (void)intake_->finish(); };  // its error comes again
  co_await net::run_on(services_->pool, Lane::delivery, std::ref(finish));
  JudgeRequest request{.options = services_->judge,
                       .host_name = services_->host_name,
                       .client = IpAddress::parse(peer_).value_or(IpAddress()),
                       .helo = transaction_->entry.helo,
                       .sender = transaction_->entry.sender,
                       .message = reader_};
  Judgement const judgement =
      co_await judge(*services_->resolver, services_->pool, services_->clock, std::move(request));
  results_ = judgement.results + "\r\n";
  for (policy::Finding const& finding : judgement.findings) note(finding.check, line_of(finding));
  if (judgement.seen && services_->options.send_dmarc && services_->delivery.sends_out())
    transaction_->rows.push_back(deliver::seen_row(*judgement.seen, transaction_->entry.id));
  if (!judgement.aligned.empty()) note(deliver::kAlignedFact, judgement.aligned);
  vouching_ = judgement.vouching;
  vouched_ = std::ranges::any_of(judgement.findings, [](policy::Finding const& finding) {
    return finding.check == "spf" && finding.result == "pass";
  });
}

// One turn on the pool for all that is done with the bytes, and with a body that needs no sync of its own for the
// delivery as well.
net::Task<Result<Reception::Received>> Reception::finish_body(std::uint64_t size) {
  Result<Received> received;
  auto finish = [&]() -> Result<Received> {
    TRY_VOID(intake_->finish());
    TRY_VOID(settle_sender());
    Received good{};
    TRY(good.fates, find_fates());
    if (std::ranges::any_of(good.fates, [](auto const& fate) { return !fate.has_value(); }))
      good.sealed = intake_->seal();
    if (good.sealed && good.sealed->body.done()) good.delivery = deliver(good, size);
    return good;
  };
  auto work = [&] { received = finish(); };
  co_await net::run_on(services_->pool, Lane::delivery, std::ref(work));
  co_return received;
}

// Against what leaves: our name would be all that makes others believe it.
Result<std::optional<Reply>> Reception::why_nothing_leaves() const {
  if (!reader_ || !transaction_->outgoing_from) return std::nullopt;
  return why_not_sent_on(*reader_, vouching_, services_->directory, {srs_domain().text(), services_->host_name});
}

// A sender in a domain of ours keeps his name in what leaves, unless nobody vouches that it is he.
Result<> Reception::settle_sender() {
  std::optional<std::string>& from = transaction_->outgoing_from;
  Result<mime::Address> const sender = mime::Address::parse(transaction_->entry.sender);
  bool const in_doubt = from == transaction_->entry.sender && comes_from_elsewhere() && !vouched_;
  if (!in_doubt || !sender || services_->srs == nullptr) return {};
  TRY(auto const ours, services_->directory.find_domain(sender->domain()));
  if (!ours) return {};
  if (auto const rewritten = services_->srs->rewrite(*sender, srs_domain(), services_->clock.now()))
    from = rewritten->text();
  return {};
}

// RFC 5321 section 6.3: a message that comes round again is stopped, by the number of servers that it has passed, or
// because it bears the mark of the mailbox that it is meant for.
std::optional<Reply> Reception::looping(AcceptedRecipient const& recipient) const {
  deliver::HeaderFilter const& header = intake_->header();
  bool const was_here = header.was_delivered_to(recipient.folded) || header.was_delivered_to(recipient.mark);
  if (role_.submission || !was_here) return std::nullopt;
  return Reply{554, {5, 4, 6}, fmt::format("Mail loop: was here already for <{}>", recipient.address)};
}

Result<Reception::Fates> Reception::find_fates() const {
  std::vector<AcceptedRecipient> const& accepted = transaction_->accepted;
  std::size_t const received = intake_->header().received();
  if (received > services_->options.max_received)
    return Fates(accepted.size(), Reply{554, {5, 4, 6}, fmt::format("Mail loop: {} Received fields", received)});
  TRY(std::optional<Reply> const stays, why_nothing_leaves());
  Fates fates(accepted.size());
  bool anybody = false;  // whom the peer has named gets it
  for (std::size_t i = 0; i < accepted.size(); ++i) {
    fates[i] = looping(accepted[i]);
    if (!fates[i] && !accepted[i].outgoing.empty()) fates[i] = stays;
    if (accepted[i].is_copy) continue;
    // SMTP has one reply for all.
    if (fates[i] && !role_.lmtp) return Fates(accepted.size(), fates[i]);
    anybody = anybody || !fates[i];
  }
  if (!anybody)
    for (std::size_t i = 0; i < accepted.size(); ++i)
      if (accepted[i].is_copy) fates[i] = fates.front();
  return fates;
}

// The body first, then the batch that refers to it; both durable when this ends well.
net::Task<Result<>> Reception::delivered(Received& received, std::uint64_t size) {
  if (!received.delivery) {
    co_await net::finished(received.sealed->body.completion());
    received.delivery = deliver(received, size);
  }
  co_await net::finished(received.delivery->completion());
  CO_TRY_VOID(received.delivery->take());
  co_return Result<>{};
}

// The body is durable, or could not be made so. On the loop, or on the pool while the loop waits.
kv::Ticket<journal::EntryId> Reception::deliver(Received& received, std::uint64_t size) const {
  deliver::Intake::Sealed& sealed = *received.sealed;
  Fates const& fates = received.fates;
  Result<kv::SealedBody> body = sealed.body.take();
  if (!body) return kv::Ticket<journal::EntryId>::failed(std::move(body).error());

  deliver::LocalMessage message{.body = *std::move(body),
                                .summary = std::move(sealed.summary),
                                .trace = trace(),
                                .reverse_path = transaction_->entry.sender,
                                .targets = {},
                                .outgoing = {},
                                .outgoing_from = transaction_->outgoing_from,
                                .parameters = transaction_->parameters,
                                .rows = transaction_->rows,
                                .entry = transaction_->entry};
  message.entry.kind = journal::Kind::message;
  message.entry.verdict = "accepted";
  message.entry.message_id = sealed.message_id;
  message.entry.size = size;
  for (std::size_t i = 0; i < fates.size(); ++i) {
    AcceptedRecipient const& recipient = transaction_->accepted[i];
    if (fates[i]) {
      message.entry.recipients.push_back(
          {recipient.address, "refused", fates[i]->status()->text(), fates[i]->lines().front()});
      continue;
    }
    for (smtp::Recipient one : recipient.outgoing) {
      // Nobody vouches for the sender, so a report would go to somebody who has sent nothing; what fails is kept.
      // Deviates from RFC 5321 section 6.1: because section 6.2 weighs that harm higher, and so do the victims.
      if (role_.judged && !vouched_) one.parameters.notify = smtp::Notify{};
      message.outgoing.push_back(std::move(one));
    }
    // Without it mail that goes round through an alias would end only when it has passed too many servers, and by then
    // one that leads to two places that both lead back has become a flood. All who get it see it, so it names nobody.
    if (!recipient.mark.empty()) message.outgoing_fields += fmt::format("Delivered-To: {}\r\n", recipient.mark);
    for (directory::ToAccount const& target : recipient.targets)
      message.targets.push_back({target.account, recipient.address, mailbox_of(target)});
  }
  return services_->delivery.deliver(std::move(message));
}

std::vector<Reply> Reception::replies(Fates const& fates, Reply const& otherwise) const {
  std::vector<Reply> all;
  for (auto const& fate : fates) all.push_back(fate.value_or(otherwise));
  return all;
}

std::vector<Reply> Reception::not_stored(Error const& error) {
  log(kNotStored, {{"id", transaction_->entry.id.text()}, {"peer", peer_}, {"detail", error.detail}});
  std::vector<AcceptedRecipient> const& accepted = transaction_->accepted;
  Reply const reply = error.code == Errc::denied
                          ? deliver::over_quota_reply(services_->options.over_quota, accepted.size())
                      : error.code == Errc::limit ? no_room_now()
                                                  : try_again();
  std::vector<Reply> all(accepted.size(), reply);
  for (AcceptedRecipient const& recipient : accepted)
    transaction_->entry.recipients.push_back({recipient.address, "refused", reply.status()->text(), text_of(reply)});
  write_refusals();
  return all;
}

// Before the reply, so that who has it has been promised the report too. One that cannot be stored is no reason to
// refuse a message that is delivered.
// Deviates from RFC 3461 section 5.2.2: nobody is told of mail from elsewhere unless SPF says that he sent it, or each
// mailbox here would be a way to send reports to people who have sent nothing.
net::Task<> Reception::report_delivered(Fates const& fates) const {
  if (comes_from_elsewhere() && !vouched_) co_return;
  std::vector<deliver::ReportRecipient> recipients;
  for (std::size_t i = 0; i < fates.size(); ++i) {
    AcceptedRecipient const& one = transaction_->accepted[i];
    Result<mime::Address> const address = mime::Address::parse(one.address);
    if (fates[i] || !one.outgoing.empty() || !address) continue;
    smtp::Recipient const recipient{smtp::ForwardPath(*address), one.parameters};
    if (deliver::wants_report(recipient, deliver::ReportAction::delivered))
      recipients.push_back({recipient, {{2, 0, 0}, "", "", "into a mailbox here"}});
  }
  Result<mime::Address> sender = mime::Address::parse(transaction_->entry.sender);
  if (recipients.empty() || !sender) co_return;
  auto const now = std::chrono::floor<std::chrono::seconds>(services_->clock.now()).time_since_epoch().count();
  deliver::ReportServices const services{
      services_->store, services_->directory, services_->delivery,  services_->journal,
      services_->pool,  services_->clock,     services_->host_name, services_->postmaster_domain.text(),
      services_->srs};
  deliver::ReportOrder order{.about = transaction_->entry.id,
                             .subject = {smtp::ReversePath(*std::move(sender)), transaction_->parameters, now},
                             .action = deliver::ReportAction::delivered,
                             .recipients = std::move(recipients)};
  Result<> const reported = co_await deliver::send_report(services, std::move(order));
  if (!reported)
    log(kNotStored, {{"id", transaction_->entry.id.text()}, {"peer", peer_}, {"detail", reported.error().detail}});
}

void Reception::log_delivered(Fates const& fates) const {
  for (std::size_t i = 0; i < fates.size(); ++i) {
    if (fates[i]) continue;
    log(kFate, {{"fate", transaction_->accepted[i].outgoing.empty() ? "delivered" : "queued"},
                {"id", transaction_->entry.id.text()},
                {"from", "<" + transaction_->entry.sender + ">"},
                {"to", "<" + transaction_->accepted[i].address + ">"},
                {"status", "2.0.0"},
                {"peer", peer_}});
  }
}

// RFC 5321 section 4.4; RFC 3848 and RFC 6531 section 3.7.3 for the names after "with".
std::string Reception::trace() const {
  if (role_.local)
    return fmt::format("Received: by {} (from {})\r\n\tid {}", services_->host_name, user_,
                       transaction_->entry.id.text());
  std::string protocol = role_.lmtp ? "LMTP" : transaction_->extended ? "ESMTP" : "SMTP";
  if (transaction_->parameters.smtputf8) protocol = role_.lmtp ? "UTF8LMTP" : "UTF8SMTP";
  if (transaction_->extended && !tls_.empty()) protocol += 'S';
  if (transaction_->extended && !user_.empty()) protocol += 'A';
  // RFC 5321 section 7.6 leaves it to the site what it shows of its people.
  if (role_.submission && services_->options.hide_client)
    return fmt::format("Received: by {} (somebody who has logged in)\r\n\twith {} id {}", services_->host_name,
                       protocol, transaction_->entry.id.text());
  bool const v6 = peer_.find(':') != std::string::npos;
  return fmt::format("{}Received: from {} ([{}{}])\r\n\tby {} with {} id {}", results_, tame(transaction_->entry.helo),
                     v6 ? "IPv6:" : "", peer_, services_->host_name, protocol, transaction_->entry.id.text());
}

void Reception::note(std::string_view name, std::string_view value) {
  auto& facts = transaction_->entry.facts;
  if (std::ranges::any_of(facts, [&](auto const& fact) { return fact.first == name; })) return;
  facts.emplace_back(name, value);
}

// What was refused in a transaction that brought no message is written on its own. Nobody waits for it.
void Reception::write_refusals() {
  if (!transaction_ || (transaction_->entry.recipients.empty() && transaction_->entry.reason.empty()))
    return transaction_.reset();
  journal::Entry entry = std::move(transaction_->entry);
  transaction_.reset();
  entry.kind = journal::Kind::refusal;
  entry.verdict = "refused";
  services_->journal.note(std::move(entry));
}

void Reception::ended(net::Ending ending) {
  write_refusals();
  if (!any_transaction_) note_connection(ending);
}

// Scanners, health checks, and those who went away at the greeting.
void Reception::note_connection(net::Ending ending) {
  journal::Entry entry;
  entry.id = services_->journal.next_id();
  entry.kind = journal::Kind::connection;
  entry.service = role_.service;
  entry.generation = services_->generation;
  entry.peer = peer_;
  entry.tls = tls_;
  entry.user = user_;
  entry.verdict = "closed";
  entry.reason = "no transaction";
  entry.facts.emplace_back("ending", net::to_string(ending));
  services_->journal.note(std::move(entry));
}

}  // namespace yubin::server
