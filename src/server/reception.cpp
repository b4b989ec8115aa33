#include "server/reception.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "deliver/dmarc_reports.h"
#include "deliver/own_route.h"
#include "deliver/reflector.h"
#include "deliver/send_report.h"
#include "mime/date.h"
#include "server/events.h"
#include "server/judge.h"
#include "smtp/grammar.h"

namespace yubin::server {

namespace {

using smtp::Reply;

// RFC 5321 section 4.2.2, RFC 3463 section 3.4.
Reply no_room_now() {
  return {452, {4, 3, 1}, "There is no room for mail here now, please try again later"};
}

Reply try_again() {
  return {451, {4, 3, 0}, "Not possible at the moment, please try again later"};
}

// RFC 5321 section 4.1.1.3: <postmaster> without a domain is the one of this server.
mime::Address address_of(smtp::ForwardPath const& recipient, mime::Domain const& own) {
  if (recipient.address()) return *recipient.address();
  return {mime::LocalPart::parse("postmaster").value(), own};
}

std::string text_of(Reply const& reply) {
  return fmt::format("{} {}", reply.code(), reply.lines().front());
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

// What the server itself does with mail for it. Nobody is told what was seen if no mail leaves.
std::optional<std::string_view> Reception::purpose_of(mime::Address const& address) const {
  auto const purpose = services_->options.own.purpose_of(address.local_part().folded());
  return purpose == deliver::kForChecks && !services_->delivery.sends_out() ? std::nullopt : purpose;
}

// Of an account its address, of the server what it reads the mail for.
std::string Reception::mailbox_of(directory::ToAccount const& target) const {
  if (target.account != kv::kServerAccount) return target.address.text();
  return std::string(purpose_of(target.address).value_or(""));
}

// On the pool. Whether there is room is the delivery's affair if it cannot be read now.
Result<Reception::Destination> Reception::find_destination(mime::Address const& address) const {
  TRY(directory::Route route, deliver::route_with_own(services_->directory, address, purpose_of(address).has_value()));
  auto has_room = [&](directory::ToAccount const& to) {
    return to.account == kv::kServerAccount || services_->store.has_room(to.account).value_or(true);
  };
  bool room = true;
  if (auto const* one = std::get_if<directory::ToAccount>(&route)) room = has_room(*one);
  if (auto const* many = std::get_if<directory::ToMany>(&route))
    room = many->accounts.empty() || std::ranges::any_of(many->accounts, has_room);
  return Destination{std::move(route), room};
}

net::Task<Result<Reception::Destination>> Reception::look_up(mime::Address address) {
  Result<Destination> found;
  auto find = [&] { found = find_destination(address); };
  co_await net::run_on(services_->pool, Lane::delivery, std::ref(find));
  if (!found) log(kLookupFailed, {{"peer", peer_}, {"address", address.text()}, {"detail", found.error().detail}});
  co_return found;
}

net::Task<Reply> Reception::recipient(smtp::ForwardPath path, smtp::RecipientParameters parameters) {
  mime::Address address = address_of(path, services_->postmaster_domain);
  if (role_.submission) {
    std::optional<mime::Address> const other = services_->options.addresses.rewrite_recipient(address);
    if (other) address = *other;
  }
  co_return co_await place(std::move(address), std::move(parameters), role_.submission);
}

mime::Domain const& Reception::srs_domain() const {
  return services_->options.srs_domain ? *services_->options.srs_domain : services_->postmaster_domain;
}

// `may_leave`: submission takes no mail from who has not logged in.
net::Task<Reply> Reception::place(mime::Address address, smtp::RecipientParameters parameters, bool may_leave) {
  std::string const text = address.text();
  // The setting may be newer than the address.
  bool const may_be_report = address.domain() == srs_domain() || address.domain() == services_->postmaster_domain;
  bool const is_report = services_->srs != nullptr && may_be_report && deliver::Srs::is_rewritten(address);
  if (is_report) co_return return_report(address, std::move(parameters));
  Result<Destination> const found = co_await look_up(address);
  if (!found) co_return refuse(text, try_again());
  if (!found->room) co_return refuse(text, deliver::over_quota_reply(services_->options.over_quota, 1));
  directory::Route const& route = found->route;
  if (auto const* target = std::get_if<directory::ToAccount>(&route))
    co_return accept({text, address.folded(), {*target}, {}, std::move(parameters)});
  if (auto const* targets = std::get_if<directory::ToMany>(&route)) {
    if (!targets->remote.empty()) co_return co_await forward(std::move(address), *targets, std::move(parameters));
    co_return accept({text, address.folded(), targets->accounts, {}, std::move(parameters)});
  }
  if (std::holds_alternative<directory::NoSuchUser>(route))
    co_return refuse(text, {550, {5, 1, 1}, fmt::format("<{}>: no such user here", text)});
  if (may_leave && services_->delivery.sends_out()) {
    Result<std::string> const sender = co_await sender_of_forwarded();
    if (!sender) co_return refuse(text, try_again());
    if (std::optional<Reply> const reply = leave_from(*sender)) co_return *reply;
    co_return accept({text, address.folded(), {}, {smtp::Recipient{smtp::ForwardPath(address), parameters}}});
  }
  if (BackupDomain const* backup = find_backup(address.domain()))
    co_return co_await back_up(*backup, std::move(address), std::move(parameters));
  co_return refuse(text, {550, {5, 7, 1}, fmt::format("<{}>: {}", text, role_.elsewhere)});
}

// All that leaves with one message has one reverse-path; who needs another comes again in a transaction of its own
// (RFC 5321 section 4.5.3.1.10). A copy cannot come again, and leaves with what is there.
std::optional<Reply> Reception::leave_from(std::string const& reverse_path) {
  if (transaction_->copying && transaction_->outgoing_from) return std::nullopt;
  if (transaction_->outgoing_from && *transaction_->outgoing_from != reverse_path)
    return Reply{452, {4, 5, 3}, "Too many recipients in one transaction, send the rest in another"};
  transaction_->outgoing_from = reverse_path;
  return std::nullopt;
}

// Others' mail that we forward would fail their SPF, so it leaves with a reverse-path of ours.
net::Task<Result<std::string>> Reception::sender_of_forwarded() {
  std::string const sender = transaction_->entry.sender;
  Result<mime::Address> const address = mime::Address::parse(sender);
  if (role_.submission || sender.empty() || !address || services_->srs == nullptr) co_return sender;
  Result<std::optional<directory::Domain>> ours;
  auto find = [&] { ours = services_->directory.find_domain(address->domain()); };
  co_await net::run_on(services_->pool, Lane::delivery, std::ref(find));
  if (!ours) co_return std::unexpected(ours.error());
  if (*ours) co_return sender;
  std::optional<mime::Address> const rewritten =
      services_->srs->rewrite(*address, srs_domain(), services_->clock.now());
  co_return rewritten ? rewritten->text() : sender;
}

// An alias that leads to another domain. The message itself stays as it is, so that its signatures hold.
net::Task<Reply> Reception::forward(mime::Address alias, directory::ToMany targets,
                                    smtp::RecipientParameters parameters) {
  std::string const text = alias.text();
  // Nothing is accepted that cannot be delivered.
  if (!services_->delivery.sends_out() || services_->srs == nullptr)
    co_return refuse(text, {550, {5, 3, 0}, fmt::format("<{}>: leads to addresses that we cannot send to", text)});
  Result<std::string> const sender = co_await sender_of_forwarded();
  if (!sender) co_return refuse(text, try_again());
  if (std::optional<Reply> const reply = leave_from(*sender)) co_return *reply;
  // RFC 3461 section 5.2.7: the sender knows the address that was written to.
  smtp::RecipientParameters onward = parameters;
  if (!onward.original) onward.original = smtp::OriginalRecipient{smtp::is_ascii(text) ? "rfc822" : "utf-8", text};
  AcceptedRecipient recipient{text, alias.folded(), std::move(targets.accounts), {}, std::move(parameters)};
  recipient.mark = fmt::format("{}@{}", services_->srs->mark_of(alias), to_lower(services_->host_name));
  for (mime::Address const& one : targets.remote)
    recipient.outgoing.push_back(smtp::Recipient{smtp::ForwardPath(one), onward});
  co_return accept(std::move(recipient));
}

// A report on what was forwarded: to who sent that. Nothing else is sent to such an address.
Reply Reception::return_report(mime::Address const& address, smtp::RecipientParameters parameters) {
  std::string const text = address.text();
  Result<mime::Address> const sender = services_->srs->unpack(address, services_->clock.now());
  if (!sender) return refuse(text, {550, {5, 1, 1}, fmt::format("<{}>: {}", text, sender.error().detail)});
  if (!transaction_->entry.sender.empty())
    return refuse(text, {550, {5, 7, 1}, fmt::format("<{}>: takes nothing but reports", text)});
  if (!services_->delivery.sends_out()) return refuse(text, try_again());
  if (std::optional<Reply> reply = leave_from("")) return *std::move(reply);
  return accept({text, address.folded(), {}, {smtp::Recipient{smtp::ForwardPath(*sender), std::move(parameters)}}});
}

BackupDomain const* Reception::find_backup(mime::Domain const& domain) const {
  if (!role_.judged || services_->backup == nullptr || !services_->delivery.sends_out()) return nullptr;
  std::vector<BackupDomain> const& all = services_->options.backup;
  auto const found = std::ranges::find_if(all, [&](auto const& one) { return one.domain->fits_domain(domain.text()); });
  return found == all.end() ? nullptr : &*found;
}

// Secondary MX: only who has a mailbox at the primary gets mail here, so that nothing comes back later.
net::Task<Reply> Reception::back_up(BackupDomain domain, mime::Address address, smtp::RecipientParameters parameters) {
  using Is = BackupVerdict::Is;
  std::string const text = address.text();
  BackupVerdict const verdict = co_await services_->backup->find(domain, address);
  if (verdict.is == Is::unknown)
    co_return refuse(
        text, {550, {5, 1, 1}, fmt::format("<{}>: no such user at the server that this one stands in for", text)});
  if (verdict.is == Is::not_known_now) {
    note("backup_mx", verdict.said);
    if (!domain.take_unknown)
      co_return refuse(
          text,
          {450, {4, 4, 3}, fmt::format("<{}>: not known here, and the server that knows does not answer now", text)});
  }
  if (std::optional<Reply> const reply = leave_from(transaction_->entry.sender)) co_return *reply;
  co_return accept({text, address.folded(), {}, {smtp::Recipient{smtp::ForwardPath(address), parameters}}});
}

// A copy that cannot be made is no reason to refuse the mail: whoever sends it would come again and again, to no use.
net::Task<> Reception::add_copies() {
  deliver::AddressRules const& rules = services_->options.addresses;
  if (rules.copies_of_sent.empty() && rules.copies_of_received.empty()) co_return;
  std::vector<mime::Address> recipients;
  for (AcceptedRecipient const& one : transaction_->accepted)
    if (Result<mime::Address> address = mime::Address::parse(one.address)) recipients.push_back(*std::move(address));
  std::optional<mime::Address> sender;
  if (Result<mime::Address> address = mime::Address::parse(transaction_->entry.sender)) sender = *std::move(address);
  smtp::RecipientParameters const silent{.notify = smtp::Notify{}};  // RFC 3461 section 4.1: NEVER
  transaction_->copying = true;
  for (mime::Address const& copy : rules.copies(sender, recipients)) {
    Reply const reply = co_await place(copy, silent, true);
    if (!reply.is_positive())
      log(kNotCopied, {{"id", transaction_->entry.id.text()}, {"to", copy.text()}, {"reply", text_of(reply)}});
  }
}

Reply Reception::refuse(std::string const& recipient, Reply const& reply) {
  transaction_->entry.recipients.push_back({recipient, "refused", reply.status()->text(), text_of(reply)});
  return with_id(reply);
}

Reply Reception::refuse_sender(Reply const& reply) {
  transaction_->entry.reason = text_of(reply);
  return with_id(reply);
}

Reply Reception::with_id(Reply const& reply) const {
  return {reply.code(), *reply.status(), fmt::format("{} [{}]", reply.lines().front(), transaction_->entry.id.text())};
}

Reply Reception::accept(AcceptedRecipient recipient) {
  std::set<kv::AccountId> accounts = transaction_->accounts;
  for (directory::ToAccount const& target : recipient.targets) accounts.insert(target.account);
  // RFC 5321 section 4.5.3.1.10: what is over comes again in a transaction of its own.
  if (accounts.size() > services_->options.max_mailboxes)
    return {452, {4, 5, 3}, "Too many recipients in one transaction, send the rest in another"};
  transaction_->accounts = std::move(accounts);
  recipient.is_copy = transaction_->copying;
  transaction_->accepted.push_back(std::move(recipient));
  return {250, {2, 1, 5}, "OK"};
}

deliver::HeaderFilter Reception::header_filter() const {
  if (is_judged()) return deliver::HeaderFilter(deliver::OwnResults{services_->host_name});
  if (!role_.submission) return {};
  auto const now = std::chrono::floor<std::chrono::seconds>(services_->clock.now());
  return deliver::HeaderFilter(
      deliver::Completion{mime::format_date(now.time_since_epoch().count(), 0),
                          fmt::format("<{}@{}>", transaction_->entry.id.text(), services_->host_name)});
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
