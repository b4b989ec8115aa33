#include "store/housekeeping.h"

#include <algorithm>

#include "store/rows.h"

namespace yubin::store {

Result<Turn> Housekeeping::empty_trash() {
  TRY(std::optional<AccountId> account, find_next_account(rows_, next_trash_));
  if (!account) {
    next_trash_ = AccountId(0);
    return Turn::done;
  }
  TRY(kv::Page trash, rows_.scan(kv::Table::mail, trash_range(*account), kv::Limit{.rows = 1}));
  bool more = false;
  if (!trash.rows.empty()) {
    auto empty = [id = *account](Changes& changes) { return changes.empty_trash(id); };
    TRY(more, store_.change<bool>({*account}, Lane::reading, empty).wait());
  }
  next_trash_ = more ? *account : account->next();
  return Turn::more;
}

Result<Turn> Housekeeping::trim_change_logs() {
  TRY(std::optional<AccountId> account, find_next_account(rows_, next_log_));
  if (!account) {
    next_log_ = AccountId(0);
    return Turn::done;
  }
  next_log_ = account->next();
  TRY(std::vector<Mailbox> mailboxes, store_.mailboxes(*account));
  for (Mailbox const& mailbox : mailboxes) TRY_VOID(trim(*account, mailbox));
  return Turn::more;
}

Result<Turn> Housekeeping::forget_threads() {
  TRY(std::optional<AccountId> account, find_next_account(rows_, next_threads_));
  if (!account) {
    next_threads_ = AccountId(0);
    next_thread_.clear();
    return Turn::done;
  }
  kv::Range range = threads_range(*account);
  if (*account == next_threads_ && !next_thread_.empty()) range.from = next_thread_;
  TRY(kv::Page page, rows_.scan(kv::Table::mail, range, kv::Limit{.rows = 1000}));
  auto const oldest = std::chrono::floor<std::chrono::days>(clock_.now() - options_.thread_age).time_since_epoch();
  auto const unused_since = static_cast<std::uint32_t>(std::max<std::int64_t>(oldest.count(), 0));
  bool any = false;
  for (kv::Row const& row : page.rows) {
    Result<ThreadRecord> thread = decode_thread(row.value);  // `yubin store verify` names what cannot be read
    any |= thread && thread->used < unused_since;
  }
  if (page.next) range.to = *page.next;
  if (any) {
    auto forget = [range, unused_since](Changes& changes) { return changes.forget_threads(range, unused_since); };
    TRY_VOID(store_.change<void>({*account}, Lane::reading, forget).wait());
  }
  next_threads_ = page.next ? *account : account->next();
  next_thread_ = page.next.value_or("");
  return Turn::more;
}

Result<> Housekeeping::trim(AccountId account, Mailbox const& mailbox) {
  TRY(ModSeq cut, find_cut(account, mailbox));
  if (cut <= mailbox.log_floor) return {};
  auto forget = [account, id = mailbox.id, cut](Changes& changes) { return changes.trim_change_log(account, id, cut); };
  Result<> trimmed = store_.change<void>({account}, Lane::reading, forget).wait();
  if (!trimmed && trimmed.error().code == Errc::not_found) return {};  // removed meanwhile
  return trimmed;
}

// The last entry that is too old or too many. Entries come in the order of time, except where a clock was set.
Result<ModSeq> Housekeeping::find_cut(AccountId account, Mailbox const& mailbox) const {
  std::int64_t const oldest =
      std::chrono::floor<std::chrono::seconds>(clock_.now() - options_.change_log_age).time_since_epoch().count();
  // Each entry has a mod-sequence of its own, so there are no more than these.
  bool const maybe_many = mailbox.highest_modseq.value() - mailbox.log_floor.value() > options_.change_log_entries;
  std::vector<ModSeq> kept;
  ModSeq cut{0};
  auto look = [&](kv::Row const& row) -> Result<bool> {
    TRY(LogKey key, LogKey::decode(row.key));
    TRY(LogEntry entry, decode_log_entry(row.value));
    if (kept.empty() && entry.at < oldest) {
      cut = key.modseq;
      return true;
    }
    kept.push_back(key.modseq);
    return maybe_many;
  };
  kv::Range const log = log_range(account, mailbox.id, mailbox.log_floor, mailbox.highest_modseq);
  TRY_VOID(for_each_row(rows_, kv::Table::mail, log, kv::Limit{}, look));
  if (kept.size() > options_.change_log_entries) cut = kept[kept.size() - options_.change_log_entries - 1];
  return cut;
}

}  // namespace yubin::store
