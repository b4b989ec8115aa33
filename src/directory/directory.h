// Who is here: domains, accounts, and what each address leads to.
//
// Rows lie in Table::directory under the server's account. Reading sees committed state and belongs on the storage
// pool; changes are durable when their ticket is done. Safe from any thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "directory/settings.h"
#include "kv/changer.h"
#include "mime/address.h"

namespace yubin::directory {

using kv::AccountId;

struct Domain {
  mime::Domain name;
  std::int64_t created = 0;                  // seconds since 1970
  std::optional<mime::Address> admin{};      // an account of this server: who answers for the domain, see route()
  std::optional<mime::Address> catch_all{};  // where mail for nobody goes, here or elsewhere
  std::optional<mime::Domain> alias_of{};    // its mail goes to the same local-part there; it has no names of its own
  friend bool operator==(Domain const&, Domain const&) = default;
};

inline constexpr std::size_t kMaxPasswordRecord = 1024;  // bytes

struct Account {
  AccountId id;
  mime::Address address;  // as it was added; found without case
  std::string password;   // "{SCHEME}hash" as auth writes it; empty: no login by password
  std::int64_t created = 0;
  friend bool operator==(Account const&, Account const&) = default;
};

struct NewAccount {
  mime::Address address;
  std::string password;
};

// One that is closed: it has no address any more, and its mail waits for the purge or for being restored.
struct RemovedAccount {
  Account account;
  std::int64_t removed = 0;      // seconds since 1970
  std::int64_t purge_after = 0;  // from then on its mail may be erased
  friend bool operator==(RemovedAccount const&, RemovedAccount const&) = default;
};

inline constexpr std::chrono::seconds kGraceOfRemoval = std::chrono::days(30);

inline constexpr std::size_t kMaxAliasTargets = 1000;  // of one alias, and of all that a route goes through
inline constexpr int kMaxAliasDepth = 10;              // aliases that lead to aliases

// An address that leads to others.
struct Alias {
  mime::Address address;
  std::vector<mime::Address> targets;  // here or elsewhere; 1 to kMaxAliasTargets, and together below 192 KiB
  friend bool operator==(Alias const&, Alias const&) = default;
};

// What a forward-path leads to.
struct ToAccount {
  AccountId account;
  mime::Address address;  // the account's own
  friend bool operator==(ToAccount const&, ToAccount const&) = default;
};
struct ToMany {                       // through an alias: several accounts, or mail that leaves this server
  std::vector<ToAccount> accounts;    // each once
  std::vector<mime::Address> remote;  // not ours
  friend bool operator==(ToMany const&, ToMany const&) = default;
};
struct NoSuchUser {  // the domain is ours, the local-part is nobody's
  friend bool operator==(NoSuchUser const&, NoSuchUser const&) = default;
};
struct NotOurDomain {  // mail for it would have to leave this server
  friend bool operator==(NotOurDomain const&, NotOurDomain const&) = default;
};
using Route = std::variant<ToAccount, ToMany, NoSuchUser, NotOurDomain>;

// What is to be changed of a domain; what is not given stays.
struct DomainEdit {
  std::optional<mime::Address> admin{};
  std::optional<std::optional<mime::Address>> catch_all{};  // none: no catch-all
  std::optional<std::uint64_t> quota_bytes{};               // of its accounts, unless they have their own
  std::optional<std::uint64_t> quota_messages{};
};

class Directory {
 public:
  // All outlive this.
  Directory(kv::KeyValue const& key_value, kv::Changer& changer, Clock const& clock);

  // Errors of all changes: conflict (exists already), not_found, syntax, limit.
  kv::Ticket<Domain> add_domain(mime::Domain name);  // syntax: an address literal is no domain that can be ours
  // All mail for `name` goes to the same local-part at `target`, one of our domains and no such alias itself
  // (conflict). Domains of this kind take no account, alias, admin or catch-all (conflict).
  kv::Ticket<Domain> add_alias_domain(mime::Domain name, mime::Domain target);
  // conflict while it has accounts or aliases, or another domain is an alias of it
  kv::Ticket<void> remove_domain(mime::Domain name);
  // not_found: the domain or the account does not exist. Without this call, the first account added to a domain is its
  // admin, and when that is removed, the first that is left in the order of addresses.
  kv::Ticket<void> set_domain_admin(mime::Domain name, mime::Address admin);
  kv::Ticket<void> set_catch_all(mime::Domain name, std::optional<mime::Address> target);  // none: no catch-all
  // All of it or nothing. Errors: as set_domain_admin(), set_catch_all().
  kv::Ticket<Domain> change_domain(mime::Domain name, DomainEdit edit);
  Result<std::vector<Domain>> domains() const;
  Result<std::optional<Domain>> find_domain(mime::Domain const& name) const;

  // The id is new and never used again, also after a removal. not_found when the domain is not ours.
  kv::Ticket<Account> add_account(NewAccount account);
  kv::Ticket<void> set_password(mime::Address address, std::string password);
  // Only while the account's password is `expected`, so that nothing that was set meanwhile is lost (conflict).
  kv::Ticket<void> replace_password(AccountId account, std::string expected, std::string password);
  // Closes it at once: no login, no mail, its address free. Its mail stays until the grace is over.
  kv::Ticket<AccountId> remove_account(mime::Address address, std::chrono::seconds grace = kGraceOfRemoval);
  // The one of this address that was removed last, as it was. Errors: conflict (the address has been given again, or
  // the grace is over).
  kv::Ticket<Account> restore_account(mime::Address address);
  // In the order of their addresses.
  Result<std::vector<RemovedAccount>> removed_accounts() const;
  // After its mail has been erased: nothing of it is left here, but its id is not given again.
  kv::Ticket<void> forget_account(RemovedAccount account);
  Result<std::optional<Account>> find_account(mime::Address const& address) const;
  Result<std::optional<Account>> find_account(AccountId id) const;
  // At most `limit` in the order of their addresses (domain first, then folded local-part), after the address `after`
  // (empty: from the first; it need not exist). Errors: syntax (`after` is no address).
  Result<std::vector<Account>> accounts(std::string_view after, std::size_t limit) const;

  // What is set for an account; one for which nothing was set has the defaults.
  Result<AccountSettings> settings(AccountId id) const;
  // `edit` changes what is set, within the change (and maybe twice). Errors: those of `edit`; limit (name, networks).
  using EditSettings = std::function<Result<>(AccountSettings&)>;
  kv::Ticket<AccountSettings> change_settings(mime::Address address, EditSettings edit);

  // For accounts of a domain for which nothing else is set.
  Result<Quota> default_quota(mime::Domain const& domain) const;
  // What holds for an account; no limit for one that is unknown. Three reads.
  Result<Quota> quota(AccountId id) const;

  // A text that this server keeps for ever: `fresh` when it has none yet.
  kv::Ticket<std::string> server_secret(std::string fresh);

  // Aliases, in one name space with the accounts: conflict when an account or an alias has the address, or when it
  // would lead back to itself (the way is named); limit when it would lead over more than kMaxAliasDepth aliases.
  // Targets need not exist: one that is nobody's is passed over by route().
  kv::Ticket<void> add_alias(Alias alias);
  kv::Ticket<void> set_alias(Alias alias);  // other targets for one that exists
  kv::Ticket<void> remove_alias(mime::Address address);
  Result<std::optional<Alias>> find_alias(mime::Address const& address) const;
  Result<std::vector<Alias>> aliases(std::string_view after, std::size_t limit) const;  // as accounts()

  // Where mail for `address` goes: the account or alias of that name, else that of the local-part before its first "+"
  // (the rest is a detail, RFC 5233 section 4), else the domain's catch-all. Aliases are followed to their ends; one
  // that leads to a single account gives ToAccount, one that leads to nobody NoSuchUser. Costs one read when the
  // address is an account's. Temporary failures are errors, never NoSuchUser; limit: more than kMaxAliasDepth or
  // kMaxAliasTargets.
  //
  // RFC 5321 section 4.5.1 wants a postmaster in each of our domains, RFC 2142 section 4 an abuse: if no account or
  // alias has that name, mail for it goes to the domain's admin, or to the domain's first account if the admin was of
  // another domain and is gone. (Only a domain without any account and admin has no postmaster.) `<postmaster>` without
  // a domain is the caller's to complete.
  Result<Route> route(mime::Address const& address) const;

 private:
  kv::KeyValue const& key_value_;
  kv::Changer& changer_;
  Clock const& clock_;
};

}  // namespace yubin::directory
