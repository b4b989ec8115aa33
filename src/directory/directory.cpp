#include "directory/directory.h"

#include <algorithm>

#include "directory/reading.h"

namespace yubin::directory {

namespace {

using kv::Changes;
using kv::Table;

// The counter only ever rises, and it is written with the account: no id comes twice, also after a removal.
Result<AccountId> take_account_id(Changes& changes) {
  TRY(std::optional<AccountId> last, find_row(changes, counter_key(), decode_counter));
  AccountId id = last.value_or(kv::kServerAccount).next();
  changes.put(Table::directory, counter_key(), encode_counter(id));
  return id;
}

Result<> check_password_record(std::string_view password) {
  if (password.size() > kMaxPasswordRecord) return fail(Errc::limit, "the stored password is over 1024 bytes");
  return {};
}

Result<Domain> change_add_domain(Changes& changes, Domain domain) {
  if (domain.name.is_literal()) return fail(Errc::syntax, "an address literal cannot be one of our domains");
  TRY(std::optional<Domain> existing, find_domain(changes, domain.name));
  if (existing) return fail(Errc::conflict, "the domain exists: " + domain.name.text());
  if (domain.alias_of) TRY_VOID(get_own_domain(changes, *domain.alias_of));
  put_domain(changes, domain);
  return domain;
}

template <class Source>
Result<std::vector<Domain>> all_domains(Source const& source) {
  std::vector<Domain> domains;
  for (kv::Range range = domain_rows();;) {
    TRY(kv::Page page, source.scan(Table::directory, range, {}));
    for (kv::Row const& row : page.rows) {
      TRY(Domain domain, decode_domain(row.value));
      domains.push_back(std::move(domain));
    }
    if (!page.next) return domains;
    range.from = std::move(*page.next);
  }
}

Result<> change_remove_domain(Changes& changes, mime::Domain const& name) {
  TRY(std::optional<Domain> domain, find_domain(changes, name));
  if (!domain) return fail(Errc::not_found, "no such domain: " + name.text());
  TRY(kv::Page names, changes.scan(Table::directory, name_rows_of(name), {.rows = 1}));
  if (!names.rows.empty()) return fail(Errc::conflict, "the domain still has accounts or aliases: " + name.text());
  TRY(std::vector<Domain> domains, all_domains(changes));
  auto alias = std::ranges::find(domains, name, &Domain::alias_of);
  if (alias != domains.end()) return fail(Errc::conflict, alias->name.text() + " is an alias of " + name.text());
  changes.erase(Table::directory, domain_key(name));
  changes.erase(Table::directory, quota_key(name));
  changes.erase_range(Table::directory, signing_key_rows_of(name));
  return {};
}

Result<> change_set_domain_admin(Changes& changes, mime::Domain const& name, mime::Address const& admin) {
  TRY(Domain domain, get_own_domain(changes, name));
  TRY(ToAccount account, get_named_account(changes, admin));
  domain.admin = account.address;
  put_domain(changes, domain);
  return {};
}

Result<Account> change_add_account(Changes& changes, NewAccount const& wanted, std::int64_t created) {
  TRY_VOID(check_password_record(wanted.password));
  TRY(Domain domain, get_own_domain(changes, wanted.address.domain()));
  TRY(std::optional<Name> existing, find_name(changes, wanted.address));
  if (existing) return fail(Errc::conflict, "the address exists: " + wanted.address.text());
  TRY(AccountId id, take_account_id(changes));
  Account account{.id = id, .address = wanted.address, .password = wanted.password, .created = created};
  put_account(changes, account);
  changes.put(Table::directory, name_key(account.address), encode_name(ToAccount{account.id, account.address}));
  if (!domain.admin) {
    domain.admin = account.address;
    put_domain(changes, domain);
  }
  return account;
}

Result<> change_set_password(Changes& changes, mime::Address const& address, std::string const& password) {
  TRY_VOID(check_password_record(password));
  TRY(ToAccount name, get_named_account(changes, address));
  TRY(Account account, get_account(changes, name.account));
  account.password = password;
  put_account(changes, account);
  return {};
}

Result<> change_replace_password(Changes& changes, AccountId id, std::string const& expected,
                                 std::string const& password) {
  TRY_VOID(check_password_record(password));
  TRY(Account account, get_account(changes, id));
  if (account.password != expected) return fail(Errc::conflict, "the password was changed meanwhile");
  account.password = password;
  put_account(changes, account);
  return {};
}

}  // namespace

Directory::Directory(kv::KeyValue const& key_value, kv::Changer& changer, Clock const& clock)
    : key_value_(key_value), changer_(changer), clock_(clock) {}

kv::Ticket<Domain> Directory::add_domain(mime::Domain name) {
  Domain domain{.name = std::move(name), .created = seconds(clock_)};
  return changer_.change<Domain>({kv::kServerAccount}, Lane::delivery, [domain = std::move(domain)](Changes& changes) {
    return change_add_domain(changes, domain);
  });
}

kv::Ticket<Domain> Directory::add_alias_domain(mime::Domain name, mime::Domain target) {
  Domain domain{.name = std::move(name), .created = seconds(clock_), .alias_of = std::move(target)};
  return changer_.change<Domain>({kv::kServerAccount}, Lane::delivery, [domain = std::move(domain)](Changes& changes) {
    return change_add_domain(changes, domain);
  });
}

kv::Ticket<void> Directory::remove_domain(mime::Domain name) {
  return changer_.change<void>({kv::kServerAccount}, Lane::delivery, [name = std::move(name)](Changes& changes) {
    return change_remove_domain(changes, name);
  });
}

kv::Ticket<void> Directory::set_domain_admin(mime::Domain name, mime::Address admin) {
  return changer_.change<void>({kv::kServerAccount}, Lane::delivery,
                               [name = std::move(name), admin = std::move(admin)](Changes& changes) {
                                 return change_set_domain_admin(changes, name, admin);
                               });
}

Result<std::vector<Domain>> Directory::domains() const {
  return all_domains(key_value_);
}

kv::Ticket<Account> Directory::add_account(NewAccount account) {
  return changer_.change<Account>({kv::kServerAccount}, Lane::delivery,
                                  [account = std::move(account), created = seconds(clock_)](Changes& changes) {
                                    return change_add_account(changes, account, created);
                                  });
}

kv::Ticket<void> Directory::set_password(mime::Address address, std::string password) {
  return changer_.change<void>({kv::kServerAccount}, Lane::delivery,
                               [address = std::move(address), password = std::move(password)](Changes& changes) {
                                 return change_set_password(changes, address, password);
                               });
}

kv::Ticket<std::string> Directory::server_secret(std::string fresh) {
  auto keep = [fresh = std::move(fresh)](Changes& changes) -> Result<std::string> {
    TRY(std::optional<std::string> kept, find_row(changes, secret_key(), decode_secret));
    if (kept) return *std::move(kept);
    changes.put(Table::directory, secret_key(), encode_secret(fresh));
    return fresh;
  };
  return changer_.change<std::string>({kv::kServerAccount}, Lane::delivery, std::move(keep));
}

kv::Ticket<void> Directory::replace_password(AccountId account, std::string expected, std::string password) {
  return changer_.change<void>(
      {kv::kServerAccount}, Lane::delivery,
      [account, expected = std::move(expected), password = std::move(password)](Changes& changes) {
        return change_replace_password(changes, account, expected, password);
      });
}

Result<std::optional<Account>> Directory::find_account(mime::Address const& address) const {
  TRY(std::optional<ToAccount> name, find_named<ToAccount>(key_value_, address));
  if (!name) return std::nullopt;
  // Missing after its name was seen: removed between the two reads.
  return find_account(name->account);
}

Result<std::optional<Account>> Directory::find_account(AccountId id) const {
  return find_row(key_value_, account_key(id), decode_account);
}

Result<std::vector<Account>> Directory::accounts(std::string_view after, std::size_t limit) const {
  TRY(std::vector<ToAccount> names, named_rows<ToAccount>(key_value_, name_rows(), after, limit));
  std::vector<std::string> keys;
  keys.reserve(names.size());
  for (ToAccount const& name : names) keys.push_back(account_key(name.account));
  TRY(auto records, key_value_.multi_get(Table::directory, keys));
  std::vector<Account> accounts;
  for (std::optional<std::string> const& record : records) {
    if (!record) continue;  // removed between the two reads
    TRY(Account account, decode_account(*record));
    accounts.push_back(std::move(account));
  }
  return accounts;
}

}  // namespace yubin::directory
