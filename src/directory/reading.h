// Reading the directory's rows, from committed state or from within a change: both have the same get(). For the
// sources of this folder.
#pragma once

#include <optional>
#include <string>

#include "directory/rows.h"

namespace yubin::directory {

template <class Source, class T>
Result<std::optional<T>> find_row(Source const& source, std::string const& key, Result<T> (*decode)(std::string_view)) {
  TRY(std::optional<std::string> record, source.get(kv::Table::directory, key));
  if (!record) return std::nullopt;
  TRY(T value, decode(*record));
  return value;
}

template <class Source>
Result<std::optional<Domain>> find_domain(Source const& source, mime::Domain const& name) {
  return find_row(source, domain_key(name), decode_domain);
}

template <class Source>
Result<std::optional<Name>> find_name(Source const& source, mime::Address const& address) {
  return find_row(source, name_key(address), decode_name);
}

// What has this address, if it is of the kind T (ToAccount, Alias).
template <class T, class Source>
Result<std::optional<T>> find_named(Source const& source, mime::Address const& address) {
  TRY(std::optional<Name> name, find_name(source, address));
  if (!name || !std::holds_alternative<T>(*name)) return std::nullopt;
  return std::get<T>(std::move(*name));
}

// Names of the kind T in the order of their keys, at most `limit`, after the address `after` (empty: from the first).
template <class T, class Source>
Result<std::vector<T>> named_rows(Source const& rows, kv::Range range, std::string_view after, std::size_t limit) {
  if (!after.empty()) {
    TRY(mime::Address address, mime::Address::parse(after));
    range.from = name_key(address) + '\0';  // the key that follows it
  }
  std::vector<T> found;
  while (found.size() < limit) {
    TRY(kv::Page page, rows.scan(kv::Table::directory, range, {.rows = limit - found.size()}));
    for (kv::Row const& row : page.rows) {
      TRY(Name name, decode_name(row.value));
      if (auto* wanted = std::get_if<T>(&name)) found.push_back(std::move(*wanted));
    }
    if (!page.next) break;
    range.from = std::move(*page.next);
  }
  return found;
}

// One of our domains that has names of its own: not_found, or conflict for an alias domain.
inline Result<Domain> get_own_domain(kv::Changes const& changes, mime::Domain const& name) {
  TRY(std::optional<Domain> domain, find_domain(changes, name));
  if (!domain) return fail(Errc::not_found, "no such domain: " + name.text());
  if (domain->alias_of) return fail(Errc::conflict, name.text() + " is an alias of " + domain->alias_of->text());
  return std::move(*domain);
}

template <class Source>
Result<Account> get_account(Source const& source, AccountId id) {
  TRY(std::optional<Account> account, find_row(source, account_key(id), decode_account));
  if (!account) return fail(Errc::corrupt, "directory: a name leads to an account that does not exist");
  return std::move(*account);
}

inline Result<ToAccount> get_named_account(kv::Changes const& changes, mime::Address const& address) {
  TRY(std::optional<ToAccount> account, find_named<ToAccount>(changes, address));
  if (!account) return fail(Errc::not_found, "no such account: " + address.text());
  return std::move(*account);
}

inline void put_account(kv::Changes& changes, Account const& account) {
  changes.put(kv::Table::directory, account_key(account.id), encode_account(account));
}

inline std::int64_t seconds(Clock const& clock) {
  return std::chrono::floor<std::chrono::seconds>(clock.now()).time_since_epoch().count();
}

inline void put_domain(kv::Changes& changes, Domain const& domain) {
  changes.put(kv::Table::directory, domain_key(domain.name), encode_domain(domain));
}

}  // namespace yubin::directory
