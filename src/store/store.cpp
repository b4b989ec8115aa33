#include "store/store.h"

#include <algorithm>

#include "store/keys.h"
#include "store/rows.h"
#include "store/subscribers.h"

namespace yubin::store {

namespace {

// What the change log says of a span of mod-sequences.
struct Logged {
  std::vector<UidRange> touched;  // added or flags changed
  std::vector<UidRange> expunged;
  std::optional<Uid> first_added;
};

Result<Logged> read_log(kv::KeyValue const& engine, AccountId account, MailboxId mailbox, ModSeq after, ModSeq last) {
  Logged logged;
  auto take = [&](kv::Row const& row) -> Result<bool> {
    TRY(LogEntry entry, decode_log_entry(row.value));
    bool const expunged = entry.kind == LogKind::expunged;
    if (entry.kind == LogKind::added && !logged.first_added && !entry.uids.empty()) {
      logged.first_added = entry.uids.front().first;
    }
    std::vector<UidRange>& into = expunged ? logged.expunged : logged.touched;
    into.insert(into.end(), entry.uids.begin(), entry.uids.end());
    return true;
  };
  TRY_VOID(for_each_row(engine, kv::Table::mail, log_range(account, mailbox, after, last), kv::Limit{}, take));
  return logged;
}

// Those that somebody who knew the mailbox before the span may know; UIDs rise, so all above the first added are newer.
std::vector<UidRange> known_expunged(LoggedSince const& logged) {
  std::vector<UidRange> ranges = logged.expunged;
  if (!logged.first_added) return ranges;
  Uid const newer = *logged.first_added;
  std::erase_if(ranges, [&](UidRange const& range) { return range.first >= newer; });
  if (!ranges.empty() && ranges.back().last >= newer) ranges.back().last = Uid(newer.value() - 1);
  return ranges;
}

std::vector<Uid> each_uid(std::vector<UidRange> const& ranges) {
  std::vector<Uid> uids;
  for (UidRange const& range : ranges) {
    for (std::uint64_t uid = range.first.value(); uid <= range.last.value(); ++uid) {
      uids.emplace_back(static_cast<std::uint32_t>(uid));
    }
  }
  return uids;
}

}  // namespace

Subscription& Subscription::operator=(Subscription&& other) noexcept {
  if (this == &other) return *this;
  if (end_) end_();
  end_ = std::exchange(other.end_, nullptr);
  return *this;
}

Store::Store(Services services) : services_(services), subscribers_(std::make_shared<Subscribers>()) {}
Store::~Store() = default;

Result<std::vector<Mailbox>> Store::mailboxes(AccountId account) const {
  std::vector<Mailbox> all;
  auto add = [&](kv::Row const& row) -> Result<bool> {
    TRY(MailboxKey key, MailboxKey::decode(row.key));
    TRY(Mailbox mailbox, decode_mailbox(key.mailbox, row.value));
    all.push_back(std::move(mailbox));
    return true;
  };
  TRY_VOID(for_each_row(services_.key_value, kv::Table::mail, mailboxes_range(account), kv::Limit{}, add));
  std::ranges::sort(all, {}, &Mailbox::name);
  return all;
}

Result<std::optional<Mailbox>> Store::find_mailbox(AccountId account, MailboxName const& name) const {
  return find_mailbox_named(services_.key_value, account, name);
}

Result<Mailbox> Store::get_mailbox(AccountId account, MailboxId mailbox) const {
  return get_mailbox_row(services_.key_value, account, mailbox);
}

Result<Usage> Store::usage(AccountId account) const {
  TRY(std::optional<AccountRecord> record, find_account_row(services_.key_value, account));
  if (!record) return fail(Errc::not_found, "no such account");
  return record->usage;
}

Result<Quota> Store::quota(AccountId account) const {
  if (!services_.quota) return Quota{};
  return services_.quota(account);
}

Result<bool> Store::has_room(AccountId account) const {
  TRY(Quota quota, this->quota(account));
  if (quota == Quota{}) return true;
  Result<Usage> used = usage(account);
  if (!used && used.error().code == Errc::not_found) return true;
  TRY_VOID(used);
  return (quota.bytes == 0 || used->bytes < quota.bytes) && (quota.messages == 0 || used->messages < quota.messages);
}

Result<std::vector<Uid>> Store::uids(AccountId account, MailboxId mailbox) const {
  std::vector<Uid> all;
  auto add = [&](kv::Row const& row) -> Result<bool> {
    TRY(UidsKey key, UidsKey::decode(row.key));
    TRY(UidBits bits, decode_uids(row.value));
    for (std::uint32_t n = 0; n < kUidsPerRow; ++n) {
      if (bits.test(n)) all.emplace_back(key.block * kUidsPerRow + n);
    }
    return true;
  };
  kv::Range const range = uids_range(account, mailbox);
  TRY_VOID(for_each_row(services_.key_value, kv::Table::mail, range, kv::Limit{}, add));
  return all;
}

Result<std::vector<MessageState>> Store::states(AccountId account, MailboxId mailbox, UidRange range,
                                                std::size_t limit) const {
  std::vector<MessageState> found;
  if (limit == 0) return found;
  auto add = [&](MessageState&& state) -> Result<bool> {
    found.push_back(std::move(state));
    return found.size() < limit;
  };
  TRY_VOID(for_each_state(services_.key_value, account, mailbox, normalized(std::span(&range, 1)), add));
  return found;
}

Result<std::vector<std::pair<Uid, Card>>> Store::cards(AccountId account, MailboxId mailbox, UidRange range,
                                                       std::size_t limit) const {
  std::vector<std::pair<Uid, Card>> found;
  if (limit == 0 || range.last < range.first) return found;
  auto add = [&](kv::Row const& row) -> Result<bool> {
    TRY(CardKey key, CardKey::decode(row.key));
    TRY(Card card, decode_card(row.value));
    found.emplace_back(key.uid, std::move(card));
    return found.size() < limit;
  };
  TRY_VOID(for_each_row(services_.key_value, kv::Table::mail, cards_range(account, mailbox, range),
                        kv::Limit{.rows = limit}, add));
  return found;
}

Result<std::optional<Card>> Store::find_card(AccountId account, MailboxId mailbox, Uid uid) const {
  return find_card_row(services_.key_value, account, mailbox, uid);
}

Result<std::string> Store::read(Card const& card, std::uint64_t offset, std::size_t length) const {
  std::string bytes;
  if (offset < card.prefix.size()) bytes = card.prefix.substr(offset, length);
  std::size_t const rest = length - bytes.size();
  std::uint64_t const body_offset = std::max<std::uint64_t>(offset, card.prefix.size()) - card.prefix.size();
  if (rest == 0 || body_offset >= card.body.size) return bytes;
  TRY(std::string body, services_.bodies.read(card.body.id, body_offset, rest));
  if (bytes.empty()) return body;
  bytes += body;
  return bytes;
}

Result<std::vector<std::optional<std::string>>> Store::small_bodies(std::span<std::pair<Uid, Card> const> cards) const {
  std::vector<kv::BodyId> ids;
  ids.reserve(cards.size());
  for (auto const& [uid, card] : cards) ids.push_back(card.body.id);
  return services_.bodies.read_small(ids);
}

// The mailbox is read first and the log only up to its HIGHESTMODSEQ: what is committed meanwhile is told the next
// time, and nothing falls between.
Result<LoggedSince> Store::logged_since(AccountId account, MailboxId mailbox, ModSeq since) const {
  LoggedSince result;
  TRY(result.mailbox, get_mailbox(account, mailbox));
  if (since >= result.mailbox.highest_modseq) return result;
  TRY(Logged logged, read_log(services_.key_value, account, mailbox, since, result.mailbox.highest_modseq));
  // Asked after the log was read: it may have been trimmed meanwhile.
  TRY(Mailbox const after, get_mailbox(account, mailbox));
  result.complete = since >= after.log_floor;
  if (!result.complete) {
    // No further: who sees a message now and is told later that it came and went would keep it.
    if (result.mailbox.uid_next > Uid(1)) result.touched = {UidRange{Uid(1), Uid(result.mailbox.uid_next.value() - 1)}};
    return result;
  }
  result.touched = normalized(logged.touched);
  result.expunged = normalized(logged.expunged);
  result.first_added = logged.first_added;
  return result;
}

Result<ChangesSince> Store::changes_since(AccountId account, MailboxId mailbox, ModSeq since) const {
  TRY(LoggedSince logged, logged_since(account, mailbox, since));
  ChangesSince result;
  result.expunged = each_uid(known_expunged(logged));
  result.mailbox = std::move(logged.mailbox);
  result.complete = logged.complete;
  std::vector<UidRange> const& touched = logged.touched;
  auto add = [&](MessageState&& state) -> Result<bool> {
    if (state.modseq > since) result.changed.push_back(std::move(state));
    return true;
  };
  TRY_VOID(for_each_state(services_.key_value, account, mailbox, touched, add));
  return result;
}

Subscription Store::subscribe(AccountId account, std::shared_ptr<Waker> waker) {
  subscribers_->add(account, waker);
  return Subscription([subscribers = std::weak_ptr(subscribers_), account, waker = std::move(waker)] {
    if (auto alive = subscribers.lock()) alive->remove(account, waker);
  });
}

}  // namespace yubin::store
