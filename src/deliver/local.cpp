#include "deliver/local.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/assert.h"
#include "base/text.h"
#include "deliver/mailbox_copy.h"
#include "deliver/own_mail.h"
#include "mime/date.h"
#include "store/held_body.h"

namespace yubin::deliver {

namespace {

using queue::LocalTarget;

// Recipients in one transaction from which on it is no letter.
constexpr std::size_t kBulk = 20;

// Each account once, for the first of its addresses; in the order of accounts. What the server reads itself it reads
// for each address.
std::vector<LocalTarget> one_for_each_account(std::vector<LocalTarget> targets) {
  std::set<kv::AccountId> seen;
  std::erase_if(targets,
                [&](LocalTarget const& target) { return !is_own(target) && !seen.insert(target.account).second; });
  std::ranges::sort(targets, {}, &LocalTarget::account);
  return targets;
}

std::vector<kv::AccountId> accounts_of(std::vector<LocalTarget> const& targets) {
  std::vector<kv::AccountId> accounts;
  for (LocalTarget const& target : targets)
    if (!is_own(target)) accounts.push_back(target.account);
  return accounts;
}

void add_fate(journal::Entry& entry, LocalTarget const& target, Copied copied) {
  if (copied == Copied::no_such_account) {
    entry.recipients.push_back({target.recipient, "failed", "5.1.1", "the account is gone: " + target.mailbox});
    return;
  }
  std::string where = target.mailbox == target.recipient ? "INBOX" : "INBOX of " + target.mailbox;
  entry.recipients.push_back({target.recipient, "delivered", "2.0.0", std::move(where)});
}

}  // namespace

LocalDelivery::LocalDelivery(store::Store& store, kv::KeyValue const& key_value, journal::Journal& journal,
                             UniqueIds& ids, Clock const& clock)
    : store_(store),
      key_value_(key_value),
      journal_(journal),
      ids_(ids),
      clock_(clock),
      next_(queue::local_range().from) {}

void LocalDelivery::on_queued(std::function<void()> callback) {
  on_queued_ = std::make_shared<std::function<void()> const>(std::move(callback));
}

std::int64_t LocalDelivery::now() const {
  return std::chrono::floor<std::chrono::seconds>(clock_.now()).time_since_epoch().count();
}

kv::Ticket<journal::EntryId> LocalDelivery::deliver(LocalMessage message) {
  message.targets = one_for_each_account(std::move(message.targets));
  if (accounts_of(message.targets).size() > kv::Changer::kMaxAccounts) return enqueue(std::move(message));
  return deliver_now(std::move(message));
}

kv::Ticket<journal::EntryId> LocalDelivery::deliver_now(LocalMessage message) {
  std::vector<kv::AccountId> accounts = accounts_of(message.targets);
  auto fn = [this, on_queued = on_queued_, message = std::move(message),
             accepted = now()](store::Changes& changes) -> Result<journal::EntryId> {
    journal::Entry entry = message.entry;
    Original const original{message.body, message.summary, message.trace, message.reverse_path, accepted};
    for (LocalTarget const& target : message.targets) {
      if (is_own(target)) continue;
      TRY(Copied copied, copy_into_inbox(changes, original, target, store::QuotaRule::delivery));
      if (copied == Copied::no_such_account)
        return fail(Errc::temporary, fmt::format("account {} has no INBOX", target.account.value()));
      add_fate(entry, target, copied);
    }
    put_outgoing(changes, message, entry);
    put_own_mail(changes, message, accepted, entry);
    for (kv::Row const& row : message.rows) changes.kv().put_blind(kv::Table::queue, row.key, row.value);
    if (on_queued && std::ranges::any_of(message.targets, is_own))
      changes.kv().after_commit([on_queued] { (*on_queued)(); });
    journal::Journal::put(changes.kv(), entry);
    return entry.id;
  };
  return store_.change<journal::EntryId>(std::move(accounts), Lane::delivery, std::move(fn));
}

// RFC 5321 section 4.4: what we add to what passes through is the newest Received field.
void LocalDelivery::put_outgoing(store::Changes& changes, LocalMessage const& message, journal::Entry& entry) const {
  if (message.outgoing.empty()) return;
  YUBIN_ASSERT(outgoing_ != nullptr);
  std::int64_t const accepted = now();
  smtp::ReversePath reverse_path;
  std::string const& from = message.outgoing_from ? *message.outgoing_from : message.reverse_path;
  if (!from.empty()) reverse_path = smtp::ReversePath(mime::Address::parse(from).value());
  queue::MessageRow const row{
      .body = message.body.ref,
      .prefix =
          fmt::format("{};\r\n\t{}\r\n{}", message.trace, mime::format_date(accepted, 0), message.outgoing_fields),
      .reverse_path = std::move(reverse_path),
      .parameters = message.parameters,
      .accepted = accepted,
      .service = entry.service,
      .message_id = entry.message_id,
      .priority = message.outgoing.size() > kBulk ? queue::Priority::bulk : queue::Priority::normal,
      .sender = entry.user.empty() ? to_lower(message.reverse_path) : entry.user};
  store::hold_body(changes.kv(), message.body, kOutgoingUse);
  outgoing_->add(changes.kv(), entry.id, row, message.outgoing);
  for (smtp::Recipient const& recipient : message.outgoing)
    entry.recipients.push_back({recipient.path.address()->text(), "queued", "2.0.0", "to be sent"});
}

}  // namespace yubin::deliver
