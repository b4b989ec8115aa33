#include "directory/directory.h"

#include "directory/rows.h"

namespace yubin::directory {

namespace {

using kv::Changes;
using kv::Table;

constexpr std::string_view kPostmaster = "postmaster";

// A row and its decoder, from committed state or from within a change: both have the same get().
template <class Source, class Decode>
auto find_row(Source const& source, std::string const& key, Decode decode)
    -> Result<std::optional<typename decltype(decode(std::string_view()))::value_type>> {
  TRY(std::optional<std::string> record, source.get(Table::directory, key));
  if (!record) return std::nullopt;
  TRY(auto value, decode(*record));
  return value;
}

template <class Source>
Result<std::optional<Domain>> find_domain(Source const& source, mime::Domain const& name) {
  return find_row(source, domain_key(name), decode_domain);
}

template <class Source>
Result<std::optional<ToAccount>> find_name(Source const& source, mime::Address const& address) {
  return find_row(source, name_key(address), decode_name);
}

template <class Source>
Result<Account> get_account(Source const& source, AccountId id) {
  TRY(std::optional<Account> account, find_row(source, account_key(id), decode_account));
  if (!account) return fail(Errc::corrupt, "directory: a name leads to an account that does not exist");
  return std::move(*account);
}

Result<Domain> get_domain(Changes const& changes, mime::Domain const& name) {
  TRY(std::optional<Domain> domain, find_domain(changes, name));
  if (!domain) return fail(Errc::not_found, "no such domain: " + name.text());
  return std::move(*domain);
}

Result<ToAccount> get_name(Changes const& changes, mime::Address const& address) {
  TRY(std::optional<ToAccount> name, find_name(changes, address));
  if (!name) return fail(Errc::not_found, "no such account: " + address.text());
  return std::move(*name);
}

void put_domain(Changes& changes, Domain const& domain) {
  changes.put(Table::directory, domain_key(domain.name), encode_domain(domain));
}

void put_account(Changes& changes, Account const& account) {
  changes.put(Table::directory, account_key(account.id), encode_account(account));
}

// The counter only ever rises, and it is written with the account: no id comes twice, also after a removal.
Result<AccountId> take_account_id(Changes& changes) {
  TRY(std::optional<AccountId> last, find_row(changes, counter_key(), decode_counter));
  AccountId id = last.value_or(kv::kServerAccount).next();
  changes.put(Table::directory, counter_key(), encode_counter(id));
  return id;
}

std::int64_t seconds(Clock const& clock) {
  return std::chrono::floor<std::chrono::seconds>(clock.now()).time_since_epoch().count();
}

Result<> check_password_record(std::string_view password) {
  if (password.size() > kMaxPasswordRecord) return fail(Errc::limit, "the stored password is over 1024 bytes");
  return {};
}

Result<Domain> change_add_domain(Changes& changes, Domain domain) {
  if (domain.name.is_literal()) return fail(Errc::syntax, "an address literal cannot be one of our domains");
  TRY(std::optional<Domain> existing, find_domain(changes, domain.name));
  if (existing) return fail(Errc::conflict, "the domain exists: " + domain.name.text());
  put_domain(changes, domain);
  return domain;
}

Result<> change_remove_domain(Changes& changes, mime::Domain const& name) {
  TRY_VOID(get_domain(changes, name));
  TRY(kv::Page names, changes.scan(Table::directory, name_rows_of(name), {.rows = 1}));
  if (!names.rows.empty()) return fail(Errc::conflict, "the domain still has accounts: " + name.text());
  changes.erase(Table::directory, domain_key(name));
  return {};
}

Result<> change_set_domain_admin(Changes& changes, mime::Domain const& name, mime::Address const& admin) {
  TRY(Domain domain, get_domain(changes, name));
  TRY(ToAccount account, get_name(changes, admin));
  domain.admin = account.address;
  put_domain(changes, domain);
  return {};
}

Result<Account> change_add_account(Changes& changes, NewAccount const& wanted, std::int64_t created) {
  TRY_VOID(check_password_record(wanted.password));
  TRY(Domain domain, get_domain(changes, wanted.address.domain()));
  TRY(std::optional<ToAccount> existing, find_name(changes, wanted.address));
  if (existing) return fail(Errc::conflict, "the address exists: " + wanted.address.text());
  TRY(AccountId id, take_account_id(changes));
  Account account{.id = id, .address = wanted.address, .password = wanted.password, .created = created};
  put_account(changes, account);
  changes.put(Table::directory, name_key(account.address), encode_name({account.id, account.address}));
  if (!domain.admin) {
    domain.admin = account.address;
    put_domain(changes, domain);
  }
  return account;
}

Result<> change_set_password(Changes& changes, mime::Address const& address, std::string const& password) {
  TRY_VOID(check_password_record(password));
  TRY(ToAccount name, get_name(changes, address));
  TRY(Account account, get_account(changes, name.account));
  account.password = password;
  put_account(changes, account);
  return {};
}

Result<AccountId> change_remove_account(Changes& changes, mime::Address const& address) {
  TRY(ToAccount name, get_name(changes, address));
  TRY(Domain domain, get_domain(changes, address.domain()));
  if (domain.admin == name.address) {
    // Else a later account of the same name would answer for the domain without anybody having said so.
    domain.admin.reset();
    put_domain(changes, domain);
  }
  changes.erase(Table::directory, name_key(address));
  changes.erase(Table::directory, account_key(name.account));
  return name.account;
}

// What postmaster@domain leads to when no account has that name; see route().
Result<Route> route_postmaster(kv::KeyValue const& rows, Domain const& domain) {
  if (domain.admin) {
    TRY(std::optional<ToAccount> admin, find_name(rows, *domain.admin));
    if (admin) return std::move(*admin);
  }
  TRY(kv::Page first, rows.scan(Table::directory, name_rows_of(domain.name), {.rows = 1}));
  if (first.rows.empty()) return NoSuchUser{};
  TRY(ToAccount account, decode_name(first.rows.front().value));
  return account;
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
  std::vector<Domain> domains;
  for (kv::Range range = domain_rows();;) {
    TRY(kv::Page page, key_value_.scan(Table::directory, range, {}));
    for (kv::Row const& row : page.rows) {
      TRY(Domain domain, decode_domain(row.value));
      domains.push_back(std::move(domain));
    }
    if (!page.next) return domains;
    range.from = std::move(*page.next);
  }
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

kv::Ticket<AccountId> Directory::remove_account(mime::Address address) {
  return changer_.change<AccountId>(
      {kv::kServerAccount}, Lane::delivery,
      [address = std::move(address)](Changes& changes) { return change_remove_account(changes, address); });
}

Result<std::optional<Account>> Directory::find_account(mime::Address const& address) const {
  TRY(std::optional<ToAccount> name, find_name(key_value_, address));
  if (!name) return std::nullopt;
  // Missing after its name was seen: removed between the two reads.
  return find_account(name->account);
}

Result<std::optional<Account>> Directory::find_account(AccountId id) const {
  return find_row(key_value_, account_key(id), decode_account);
}

Result<std::vector<Account>> Directory::accounts(std::string_view after, std::size_t limit) const {
  kv::Range range = name_rows();
  if (!after.empty()) {
    TRY(mime::Address address, mime::Address::parse(after));
    range.from = name_key(address) + '\0';  // the key that follows it
  }
  std::vector<Account> accounts;
  while (accounts.size() < limit) {
    TRY(kv::Page page, key_value_.scan(Table::directory, range, {.rows = limit - accounts.size()}));
    std::vector<std::string> keys;
    for (kv::Row const& row : page.rows) {
      TRY(ToAccount name, decode_name(row.value));
      keys.push_back(account_key(name.account));
    }
    TRY(auto records, key_value_.multi_get(Table::directory, keys));
    for (std::optional<std::string> const& record : records) {
      if (!record) continue;  // removed between the two reads
      TRY(Account account, decode_account(*record));
      accounts.push_back(std::move(account));
    }
    if (!page.next) break;
    range.from = std::move(*page.next);
  }
  return accounts;
}

Result<Route> Directory::route(mime::Address const& address) const {
  TRY(std::optional<ToAccount> account, find_name(key_value_, address));
  if (account) return std::move(*account);
  TRY(std::optional<Domain> domain, find_domain(key_value_, address.domain()));
  if (!domain) return NotOurDomain{};
  // RFC 5321 section 4.5.1: postmaster is found in any case.
  if (address.local_part().folded() == kPostmaster) return route_postmaster(key_value_, *domain);
  return NoSuchUser{};
}

}  // namespace yubin::directory
