// Where the recipients of a transaction lead: mailboxes, addresses elsewhere, copies.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "deliver/own_route.h"
#include "server/events.h"
#include "server/reception.h"
#include "server/reception_replies.h"
#include "smtp/grammar.h"

namespace yubin::server {

using smtp::Reply;

namespace {

// RFC 5321 section 4.1.1.3: <postmaster> without a domain is the one of this server.
mime::Address address_of(smtp::ForwardPath const& recipient, mime::Domain const& own) {
  if (recipient.address()) return *recipient.address();
  return {mime::LocalPart::parse("postmaster").value(), own};
}

}  // namespace

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

}  // namespace yubin::server
