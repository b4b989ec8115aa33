// Accounts that go: closed at once, kept for a while, then forgotten.
#include "directory/directory.h"
#include "directory/reading.h"

namespace yubin::directory {

namespace {

using kv::Changes;
using kv::Table;

Result<AccountId> change_remove_account(Changes& changes, mime::Address const& address, std::int64_t now,
                                        std::int64_t purge_after) {
  TRY(ToAccount name, get_named_account(changes, address));
  TRY(Account account, get_account(changes, name.account));
  TRY(Domain domain, get_own_domain(changes, address.domain()));
  changes.erase(Table::directory, name_key(address));
  changes.erase(Table::directory, account_key(name.account));
  RemovedAccount const removed{account, now, purge_after};
  changes.put(Table::directory, removed_key(account), encode_removed(removed));
  if (domain.admin == name.address) {
    // Said now, else whoever is added next, or again under this name, would answer for the domain.
    TRY(std::vector<ToAccount> first, named_rows<ToAccount>(changes, name_rows_of(domain.name), "", 1));
    domain.admin.reset();
    if (!first.empty()) domain.admin = first.front().address;
    put_domain(changes, domain);
  }
  return name.account;
}

template <class Source>
Result<std::vector<RemovedAccount>> removed_in(Source const& source, kv::Range range) {
  std::vector<RemovedAccount> found;
  for (;;) {
    TRY(kv::Page page, source.scan(Table::directory, range, {}));
    for (kv::Row const& row : page.rows) {
      TRY(RemovedAccount removed, decode_removed(row.value));
      found.push_back(std::move(removed));
    }
    if (!page.next) return found;
    range.from = *std::move(page.next);
  }
}

Result<Account> change_restore_account(Changes& changes, mime::Address const& address, std::int64_t now) {
  TRY(std::vector<RemovedAccount> removed, removed_in(changes, removed_rows_of(address)));
  if (removed.empty()) return fail(Errc::not_found, "no removed account: " + address.text());
  // Ids rise, and so do the keys: the last one is the newest.
  Account const& account = removed.back().account;
  if (now >= removed.back().purge_after) return fail(Errc::conflict, "its mail is gone: " + address.text());
  TRY(Domain domain, get_own_domain(changes, address.domain()));
  TRY(std::optional<Name> taken, find_name(changes, address));
  if (taken) return fail(Errc::conflict, "the address has been given again: " + address.text());
  put_account(changes, account);
  changes.put(Table::directory, name_key(account.address), encode_name(ToAccount{account.id, account.address}));
  changes.erase(Table::directory, removed_key(account));
  if (!domain.admin) {
    domain.admin = account.address;
    put_domain(changes, domain);
  }
  return account;
}

}  // namespace

kv::Ticket<AccountId> Directory::remove_account(mime::Address address, std::chrono::seconds grace) {
  std::int64_t const now = seconds(clock_);
  return changer_.change<AccountId>(
      {kv::kServerAccount}, Lane::delivery,
      [address = std::move(address), now, purge_after = now + grace.count()](Changes& changes) {
        return change_remove_account(changes, address, now, purge_after);
      });
}

kv::Ticket<Account> Directory::restore_account(mime::Address address) {
  return changer_.change<Account>({kv::kServerAccount}, Lane::delivery,
                                  [address = std::move(address), now = seconds(clock_)](Changes& changes) {
                                    return change_restore_account(changes, address, now);
                                  });
}

Result<std::vector<RemovedAccount>> Directory::removed_accounts() const {
  return removed_in(key_value_, removed_rows());
}

kv::Ticket<void> Directory::forget_account(RemovedAccount account) {
  return changer_.change<void>({kv::kServerAccount}, Lane::delivery,
                               [account = std::move(account.account)](Changes& changes) -> Result<> {
                                 changes.erase(Table::directory, removed_key(account));
                                 changes.erase(Table::directory, settings_key(account.id));
                                 changes.erase_range(Table::directory, app_password_rows_of(account.id));
                                 return {};
                               });
}

}  // namespace yubin::directory
