// Changes to accounts and mailboxes.
#include <algorithm>

#include "base/assert.h"
#include "store/changes.h"
#include "store/keys.h"
#include "store/mailbox_tree.h"
#include "store/rows.h"
#include "store/store.h"

namespace yubin::store {

namespace {

struct Given {
  char const* name;
  SpecialUse use;
};
// RFC 6154 section 2. The names that Thunderbird, Apple Mail and Outlook look for first.
constexpr Given kGivenMailboxes[] = {
    {"INBOX", SpecialUse::none}, {"Drafts", SpecialUse::drafts}, {"Sent", SpecialUse::sent},
    {"Junk", SpecialUse::junk},  {"Trash", SpecialUse::trash},   {"Archive", SpecialUse::archive},
};

bool is_below(MailboxName const& name, MailboxName const& top) {
  return name.text().starts_with(top.text() + MailboxName::kDelimiter);
}

}  // namespace

Result<> Changes::create_account(AccountId account) {
  TRY(std::optional<AccountRecord> present, find_account_row(changes_, account));
  if (present) return {};
  MailboxTree tree = MailboxTree::fresh(changes_, account, store_.services_.ids, now());
  for (Given const& given : kGivenMailboxes) {
    TRY(MailboxName name, MailboxName::parse(given.name));
    TRY_VOID(tree.create(name, given.use, true));
  }
  tree.finish();
  changed(account);
  return {};
}

Result<> Changes::remove_account(AccountId account) {
  kv::Range const all = account_range(account);
  kv::Range const cards = all_cards_range(account);
  changes_.erase_range(kv::Table::mail, {all.from, cards.from});
  changes_.erase_range(kv::Table::mail, {cards.to, all.to});
  TRY_VOID(throw_away(account, kWholeAccount, cards));
  changed(account);
  return {};
}

// Erasing a range costs nothing, but each body has to lose its reference: where that is much, it is left for later.
Result<> Changes::throw_away(AccountId account, MailboxId mailbox, kv::Range const& cards) {
  constexpr std::size_t kAtOnce = 1000;
  TRY(bool more, erase_contents(account, cards, kAtOnce));
  if (more) changes_.put(kv::Table::mail, TrashKey{account, mailbox}.encode(), encode_trash());
  return {};
}

Result<bool> Changes::empty_trash(AccountId account, std::size_t limit) {
  TRY(kv::Page first, changes_.scan(kv::Table::mail, trash_range(account), kv::Limit{.rows = 2}));
  if (first.rows.empty()) return false;
  TRY(TrashKey trash, TrashKey::decode(first.rows.front().key));
  UidRange const all;
  bool const whole = trash.mailbox == kWholeAccount;
  TRY(bool more,
      erase_contents(account, whole ? all_cards_range(account) : cards_range(account, trash.mailbox, all), limit));
  if (more) return true;
  changes_.erase(kv::Table::mail, trash.encode());
  return first.rows.size() > 1;
}

Result<std::optional<Mailbox>> Changes::find_mailbox(AccountId account, MailboxName const& name) {
  return find_mailbox_named(changes_, account, name);
}

Result<Mailbox> Changes::get_mailbox(AccountId account, MailboxId mailbox) {
  return get_mailbox_row(changes_, account, mailbox);
}

Result<Mailbox> Changes::create_mailbox(AccountId account, MailboxName const& name, SpecialUse use) {
  TRY(MailboxTree tree, MailboxTree::open(changes_, account, store_.services_.ids, now()));
  TRY(Mailbox mailbox, tree.create(name, use, false));
  tree.finish();
  changed(account);
  return mailbox;
}

Result<> Changes::rename_mailbox(AccountId account, MailboxName const& from, MailboxName const& to) {
  TRY(std::optional<Mailbox> mailbox, find_mailbox(account, from));
  if (!mailbox) return fail(Errc::not_found, "no such mailbox");
  TRY(std::optional<Mailbox> taken, find_mailbox(account, to));
  if (taken) return fail(Errc::conflict, "mailbox exists");
  if (from.is_inbox()) return fail(Errc::denied, "INBOX cannot be renamed");
  if (is_below(to, from)) return fail(Errc::conflict, "a mailbox cannot go below itself");
  TRY(MailboxTree tree, MailboxTree::open(changes_, account, store_.services_.ids, now()));
  TRY_VOID(tree.rename(*mailbox, to));
  tree.finish();
  changed(account);
  return {};
}

Result<> Changes::remove_mailbox(AccountId account, MailboxName const& name) {
  if (name.is_inbox()) return fail(Errc::denied, "INBOX cannot be removed");
  TRY(std::optional<Mailbox> mailbox, find_mailbox(account, name));
  if (!mailbox) return fail(Errc::not_found, "no such mailbox");
  TRY(MailboxTree tree, MailboxTree::open(changes_, account, store_.services_.ids, now()));
  TRY(bool has_children, tree.has_children(name));
  if (has_children) return fail(Errc::conflict, "mailbox has children");
  TRY_VOID(tree.remove(*mailbox));
  tree.finish();
  TRY_VOID(erase_messages(account, mailbox->id));
  changed(account);
  return {};
}

Result<> Changes::erase_messages(AccountId account, MailboxId mailbox) {
  UidRange const all;
  changes_.erase_range(kv::Table::mail, states_range(account, mailbox, all));
  changes_.erase_range(kv::Table::mail, uids_range(account, mailbox));
  changes_.erase_range(kv::Table::mail, log_range(account, mailbox, ModSeq(0), ModSeq(~std::uint64_t{0})));
  return throw_away(account, mailbox, cards_range(account, mailbox, all));
}

Result<> Changes::set_subscribed(AccountId account, MailboxName const& name, bool subscribed) {
  TRY(std::optional<Mailbox> mailbox, find_mailbox(account, name));
  if (!mailbox) return fail(Errc::not_found, "no such mailbox");
  if (mailbox->subscribed == subscribed) return {};
  mailbox->subscribed = subscribed;
  changes_.put(kv::Table::mail, MailboxKey{account, mailbox->id}.encode(), encode_mailbox(*mailbox));
  changed(account);
  return {};
}

Result<> Changes::trim_change_log(AccountId account, MailboxId mailbox, ModSeq up_to) {
  TRY(Mailbox record, get_mailbox(account, mailbox));
  up_to = std::min(up_to, record.highest_modseq);
  if (up_to <= record.log_floor) return {};
  changes_.erase_range(kv::Table::mail, log_range(account, mailbox, record.log_floor, up_to));
  record.log_floor = up_to;
  changes_.put(kv::Table::mail, MailboxKey{account, mailbox}.encode(), encode_mailbox(record));
  return {};
}

}  // namespace yubin::store
