#include "server/mx.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "server/events.h"

namespace yubin::server {

namespace {

using smtp::Reply;

Reply try_again() {
  return {451, {4, 3, 0}, "Not possible at the moment, please try again later"};
}

std::string reason_of(Reply const& reply) {
  return fmt::format("{} {}", reply.code(), fmt::join(reply.lines(), " "));
}

// RFC 5321 section 4.1.1.3: <postmaster> without a domain is the one of this server.
mime::Address address_of(smtp::ForwardPath const& recipient, mime::Domain const& own) {
  if (recipient.address()) return *recipient.address();
  return {mime::LocalPart::parse("postmaster").value(), own};
}

}  // namespace

MxAnswers::MxAnswers(std::shared_ptr<MxServices const> services, std::string peer)
    : services_(std::move(services)), peer_(std::move(peer)) {}

void MxAnswers::begin(smtp::AskMail const& question) {
  write_refusals();
  intake_.reset();
  any_transaction_ = true;
  transaction_.emplace();
  journal::Entry& entry = transaction_->entry;
  entry.id = services_->journal.next_id();
  entry.service = "mx";
  entry.peer = peer_;
  entry.helo = question.hello.name;
  entry.tls = tls_;
  if (auto const& sender = question.reverse_path.address()) entry.sender = sender->text();
  transaction_->extended = question.hello.extended;
}

net::Task<MxAnswers::Answer> MxAnswers::answer(Session&, smtp::AskMail question) {
  begin(question);
  co_return Reply(250, {2, 1, 0}, "OK");
}

net::Task<Result<directory::Route>> MxAnswers::route(mime::Address address) {
  Result<directory::Route> route = directory::Route(directory::NotOurDomain{});
  auto look_up = [&] { route = services_->directory.route(address); };
  co_await net::run_on(services_->pool, Lane::delivery, std::ref(look_up));
  co_return route;
}

// If it cannot be read, the delivery will tell.
net::Task<bool> MxAnswers::has_room(kv::AccountId account) {
  bool room = true;
  auto look = [&] { room = services_->store.has_room(account).value_or(true); };
  co_await net::run_on(services_->pool, Lane::delivery, std::ref(look));
  co_return room;
}

net::Task<MxAnswers::Answer> MxAnswers::answer(Session&, smtp::AskRecipient question) {
  mime::Address const address = address_of(question.recipient, services_->postmaster_domain);
  std::string const text = address.text();
  Result<directory::Route> const found = co_await route(address);
  if (!found) {
    log(kLookupFailed, {{"peer", peer_}, {"to", text}, {"detail", found.error().detail}});
    co_return refuse(text, try_again());
  }
  if (auto const* target = std::get_if<directory::ToAccount>(&*found)) {
    bool const room = co_await has_room(target->account);
    if (!room) co_return refuse(text, deliver::over_quota_reply(services_->over_quota, 1));
    co_return accept(text, {*target});
  }
  if (auto const* targets = std::get_if<directory::ToMany>(&*found)) {
    // Nothing is accepted that cannot be delivered, and mail cannot leave this server yet.
    if (!targets->remote.empty())
      co_return refuse(text,
                       Reply(550, {5, 3, 0}, fmt::format("<{}>: leads to addresses that we cannot send to", text)));
    co_return accept(text, targets->accounts);
  }
  if (std::holds_alternative<directory::NoSuchUser>(*found))
    co_return refuse(text, Reply(550, {5, 1, 1}, fmt::format("<{}>: no such user here", text)));
  co_return refuse(text, Reply(550, {5, 7, 1}, fmt::format("<{}>: we take no mail for this domain", text)));
}

Reply MxAnswers::refuse(std::string const& address, Reply reply) {
  std::string lines = fmt::format("{}", fmt::join(reply.lines(), " "));
  std::string status = reply.status() ? reply.status()->text() : "";
  transaction_->entry.recipients.push_back({address, "refused", status, reason_of(reply)});
  return {reply.code(), *reply.status(), fmt::format("{} [{}]", lines, transaction_->entry.id.text())};
}

Reply MxAnswers::accept(std::string const& address, std::vector<directory::ToAccount> const& targets) {
  std::set<kv::AccountId> accounts;
  for (deliver::LocalRecipient const& recipient : transaction_->recipients) accounts.insert(recipient.account);
  for (directory::ToAccount const& target : targets) accounts.insert(target.account);
  // RFC 5321 section 4.5.3.1.10: what is over comes again in a transaction of its own.
  if (accounts.size() > kv::Changer::kMaxAccounts)
    return {452, {4, 5, 3}, "Too many recipients in one transaction, send the rest in another"};
  for (directory::ToAccount const& target : targets) transaction_->recipients.push_back({target.account, address});
  return {250, {2, 1, 5}, "OK"};
}

net::Task<> MxAnswers::body(std::string_view chunk) {
  if (!intake_) intake_.emplace(services_->store);
  intake_->add(chunk);
  if (!intake_->wants_work()) co_return;
  // Its error comes again from finish(), when there is somebody to tell.
  auto work = [&] { (void)intake_->work(); };
  co_await net::run_on(services_->pool, Lane::delivery, std::ref(work));
}

net::Task<> MxAnswers::answer(Session&, smtp::DropBody) {
  intake_.reset();
  co_return;
}

net::Task<MxAnswers::Answer> MxAnswers::answer(Session&, smtp::AskMessage question) {
  Result<> const stored = co_await receive(question);
  intake_.reset();
  journal::EntryId const id = transaction_->entry.id;
  if (!stored) {
    log(kNotStored, {{"id", id.text()}, {"peer", peer_}, {"detail", stored.error().detail}});
    bool const full = stored.error().code == Errc::denied;
    Reply const reply =
        full ? deliver::over_quota_reply(services_->over_quota, transaction_->recipients.size()) : try_again();
    for (deliver::LocalRecipient const& recipient : transaction_->recipients)
      transaction_->entry.recipients.push_back(
          {recipient.address, "refused", reply.status()->text(), reason_of(reply)});
    write_refusals();
    co_return reply;
  }
  for (deliver::LocalRecipient const& recipient : transaction_->recipients) {
    log(kFate, {{"fate", "delivered"},
                {"id", id.text()},
                {"from", "<" + transaction_->entry.sender + ">"},
                {"to", "<" + recipient.address + ">"},
                {"status", "2.0.0"},
                {"peer", peer_}});
  }
  transaction_.reset();
  co_return Reply(250, {2, 0, 0}, fmt::format("OK {}", id.text()));
}

// The body first, then the batch that refers to it; both durable when this ends well.
net::Task<Result<>> MxAnswers::receive(smtp::AskMessage const& question) {
  if (!intake_) intake_.emplace(services_->store);  // a message without a single byte
  Result<deliver::Intake::Finished> finished = fail(Errc::internal, "not run");
  auto finish = [&] { finished = intake_->finish(); };
  co_await net::run_on(services_->pool, Lane::delivery, std::ref(finish));
  CO_TRY_VOID(finished);
  co_await net::finished(finished->body.completion());
  CO_TRY(kv::SealedBody body, finished->body.take());

  journal::Entry entry = transaction_->entry;
  entry.kind = journal::Kind::message;
  entry.verdict = "accepted";
  entry.message_id = finished->message_id;
  entry.size = question.size;
  deliver::LocalMessage message{.body = std::move(body),
                                .summary = std::move(finished->summary),
                                .trace = trace(),
                                .reverse_path = transaction_->entry.sender,
                                .recipients = transaction_->recipients,
                                .entry = std::move(entry)};
  kv::Ticket<journal::EntryId> const delivered = services_->delivery.deliver(std::move(message));
  co_await net::finished(delivered.completion());
  CO_TRY_VOID(delivered.take());
  co_return Result<>{};
}

// RFC 5321 section 4.4; RFC 3848 for the names after "with".
std::string MxAnswers::trace() const {
  std::string_view const protocol = !transaction_->extended ? "SMTP" : tls_.empty() ? "ESMTP" : "ESMTPS";
  bool const v6 = peer_.find(':') != std::string::npos;
  // The name is what the peer says of itself: any bytes, so only what a domain or literal is made of is repeated.
  std::string helo;
  for (char c : transaction_->entry.helo.substr(0, 255))
    helo += is_alpha(c) || is_digit(c) || std::string_view(".-_:[]").find(c) != std::string_view::npos ? c : '?';
  return fmt::format("Received: from {} ([{}{}])\r\n\tby {} with {} id {}", helo, v6 ? "IPv6:" : "", peer_,
                     services_->host_name, protocol, transaction_->entry.id.text());
}

void MxAnswers::secured(tls::Facts const& facts) {
  tls_ = facts.version + " " + facts.cipher;
}

void MxAnswers::ended(Session&, net::Ending ending) {
  write_refusals();
  if (!any_transaction_) note_connection(ending);
}

// Scanners, health checks, and those who went away at the greeting.
void MxAnswers::note_connection(net::Ending ending) {
  journal::Entry entry;
  entry.id = services_->journal.next_id();
  entry.kind = journal::Kind::connection;
  entry.service = "mx";
  entry.peer = peer_;
  entry.tls = tls_;
  entry.verdict = "closed";
  entry.reason = "no transaction";
  entry.facts.emplace_back("ending", net::to_string(ending));
  services_->journal.note(std::move(entry));
}

// What was refused in a transaction that brought no message is written on its own. Nobody waits for it.
void MxAnswers::write_refusals() {
  if (!transaction_ || transaction_->entry.recipients.empty()) return transaction_.reset();
  journal::Entry entry = std::move(transaction_->entry);
  transaction_.reset();
  entry.kind = journal::Kind::refusal;
  entry.verdict = "refused";
  services_->journal.note(std::move(entry));
}

}  // namespace yubin::server
