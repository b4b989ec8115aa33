#include "store/mailbox_tree.h"

#include <algorithm>

#include "base/assert.h"
#include "store/changes.h"
#include "store/keys.h"
#include "store/rows.h"

namespace yubin::store {

namespace {

constexpr std::uint32_t kMaxPastNames = 4096;  // then they are forgotten, for the price of some new UIDVALIDITYs

}  // namespace

Result<MailboxTree> MailboxTree::open(kv::Changes& changes, AccountId account, UniqueIds& ids, std::int64_t now) {
  TRY(std::optional<AccountRecord> record, find_account_row(changes, account));
  if (!record) return fail(Errc::not_found, "no such account");
  return MailboxTree(changes, account, *record, ids, now);
}

MailboxTree MailboxTree::fresh(kv::Changes& changes, AccountId account, UniqueIds& ids, std::int64_t now) {
  return {changes, account, AccountRecord{}, ids, now};
}

void MailboxTree::finish() {
  changes_.put(kv::Table::mail, AccountKey{account_}.encode(), encode_account(record_));
}

Result<Mailbox> MailboxTree::create(MailboxName const& name, SpecialUse use, bool subscribed) {
  TRY(std::optional<NameRecord> taken, find_name_row(changes_, account_, name));
  if (taken && taken->live()) return fail(Errc::conflict, "mailbox exists");
  TRY_VOID(create_parents(name));
  return create_one(name, use, subscribed);
}

Result<> MailboxTree::create_parents(MailboxName const& name) {
  std::vector<MailboxName> missing;
  for (std::optional<MailboxName> above = name.parent(); above; above = above->parent()) {
    TRY(std::optional<NameRecord> taken, find_name_row(changes_, account_, *above));
    if (taken && taken->live()) break;
    missing.push_back(*above);
  }
  for (; !missing.empty(); missing.pop_back()) TRY_VOID(create_one(missing.back(), SpecialUse::none, false));
  return {};
}

Result<Mailbox> MailboxTree::create_one(MailboxName const& name, SpecialUse use, bool subscribed) {
  if (record_.mailboxes >= kMaxMailboxes) return fail(Errc::limit, "too many mailboxes");
  Mailbox mailbox;
  mailbox.id = record_.next_mailbox;
  mailbox.name = name;
  TRY(mailbox.uid_validity, next_uid_validity());
  // RFC 7162 section 3.1.2.1: HIGHESTMODSEQ is never 0, in an empty mailbox neither.
  mailbox.highest_modseq = record_.highest_modseq.next();
  mailbox.special_use = use;
  mailbox.subscribed = subscribed;
  mailbox.object_id = ids_.next();

  record_.next_mailbox = record_.next_mailbox.next();
  record_.highest_modseq = mailbox.highest_modseq;
  ++record_.mailboxes;
  TRY_VOID(take_name(mailbox));
  changes_.put(kv::Table::mail, MailboxKey{account_, mailbox.id}.encode(), encode_mailbox(mailbox));
  return mailbox;
}

// RFC 9051 section 2.3.1.1 recommends the time of day; above all earlier ones, so that a clock that went back and a
// mailbox created twice within a second do no harm.
Result<UidValidity> MailboxTree::next_uid_validity() {
  constexpr std::int64_t kHighest = 0xffffffff;
  std::int64_t const above = std::int64_t{record_.uid_validity_floor.value()} + 1;
  if (above > kHighest) return fail(Errc::limit, "no UIDVALIDITY left");
  std::int64_t const next = std::max(above, std::min(now_, kHighest / 2));
  record_.uid_validity_floor = UidValidity(static_cast<std::uint32_t>(next));
  return record_.uid_validity_floor;
}

Result<> MailboxTree::rename(Mailbox const& mailbox, MailboxName const& to) {
  TRY_VOID(create_parents(to));
  TRY(std::vector<Mailbox> below, children(mailbox.name));
  TRY_VOID(rename_one(mailbox, to));
  for (Mailbox& child : below) {
    std::string const rest = child.name.text().substr(mailbox.name.text().size());
    TRY(MailboxName name, MailboxName::parse(to.text() + rest));
    TRY_VOID(rename_one(std::move(child), name));
  }
  return {};
}

Result<> MailboxTree::rename_one(Mailbox mailbox, MailboxName const& to) {
  TRY_VOID(leave_name(mailbox));
  mailbox.name = to;
  // Equal is no step back: a UIDVALIDITY is given out once, so it was this same mailbox under its old name.
  TRY(UidValidity past, past_uid_validity(to));
  if (mailbox.uid_validity < past) {
    TRY(mailbox.uid_validity, next_uid_validity());
  }
  TRY_VOID(take_name(mailbox));
  changes_.put(kv::Table::mail, MailboxKey{account_, mailbox.id}.encode(), encode_mailbox(mailbox));
  return {};
}

Result<UidValidity> MailboxTree::past_uid_validity(MailboxName const& name) const {
  TRY(std::optional<NameRecord> row, find_name_row(changes_, account_, name));
  return std::max(record_.past_floor, row ? row->uid_validity : UidValidity(0));
}

Result<> MailboxTree::take_name(Mailbox const& mailbox) {
  TRY(std::optional<NameRecord> past, find_name_row(changes_, account_, mailbox.name));
  if (past) --record_.past_names;
  changes_.put(kv::Table::mail, NameKey{account_, mailbox.name.text()}.encode(),
               encode_name({mailbox.id, mailbox.uid_validity}));
  return {};
}

Result<> MailboxTree::leave_name(Mailbox const& mailbox) {
  if (record_.past_names >= kMaxPastNames) TRY_VOID(forget_past_names());
  ++record_.past_names;
  changes_.put(kv::Table::mail, NameKey{account_, mailbox.name.text()}.encode(),
               encode_name({MailboxId(0), mailbox.uid_validity}));
  return {};
}

// A client that makes and removes names without end shall not fill the store with them.
Result<> MailboxTree::forget_past_names() {
  auto erase_past = [&](kv::Row const& row) -> Result<bool> {
    TRY(NameRecord name, decode_name(row.value));
    if (!name.live()) changes_.erase(kv::Table::mail, row.key);
    return true;
  };
  TRY_VOID(for_each_row(changes_, kv::Table::mail, names_range(account_), kv::Limit{}, erase_past));
  record_.past_floor = record_.uid_validity_floor;
  record_.past_names = 0;
  return {};
}

Result<> MailboxTree::remove(Mailbox const& mailbox) {
  TRY_VOID(leave_name(mailbox));
  changes_.erase(kv::Table::mail, MailboxKey{account_, mailbox.id}.encode());
  --record_.mailboxes;
  record_.usage.messages -= mailbox.exists;
  record_.usage.bytes -= mailbox.size;
  return {};
}

Result<std::vector<Mailbox>> MailboxTree::children(MailboxName const& name) const {
  std::vector<Mailbox> found;
  auto add_live = [&](kv::Row const& row) -> Result<bool> {
    TRY(NameRecord child, decode_name(row.value));
    if (!child.live()) return true;
    TRY(Mailbox mailbox, get_mailbox_row(changes_, account_, child.mailbox));
    found.push_back(std::move(mailbox));
    return true;
  };
  TRY_VOID(for_each_row(changes_, kv::Table::mail, names_below(account_, name), kv::Limit{}, add_live));
  return found;
}

Result<bool> MailboxTree::has_children(MailboxName const& name) const {
  bool live = false;
  auto look = [&](kv::Row const& row) -> Result<bool> {
    TRY(NameRecord child, decode_name(row.value));
    live = child.live();
    return !live;
  };
  TRY_VOID(for_each_row(changes_, kv::Table::mail, names_below(account_, name), kv::Limit{}, look));
  return live;
}

}  // namespace yubin::store
