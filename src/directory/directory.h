// Who is here: domains, accounts, and what each address leads to.
//
// Rows lie in Table::directory under the server's account. Reading sees committed state and belongs on the storage
// pool; changes are durable when their ticket is done. Safe from any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "kv/changer.h"
#include "mime/address.h"

namespace yubin::directory {

using kv::AccountId;

struct Domain {
  mime::Domain name;
  std::int64_t created = 0;  // seconds since 1970
};

struct Account {
  AccountId id;
  mime::Address address;  // as it was added; found without case
  std::string password;   // "{SCHEME}hash" as auth writes it; empty: no login by password
  std::int64_t created = 0;
};

struct NewAccount {
  mime::Address address;
  std::string password;
};

// What a forward-path leads to.
struct ToAccount {
  AccountId account;
  mime::Address address;  // the account's own
};
struct NoSuchUser {};    // the domain is ours, the local-part is nobody's
struct NotOurDomain {};  // mail for it would have to leave this server
using Route = std::variant<ToAccount, NoSuchUser, NotOurDomain>;

class Directory {
 public:
  // All outlive this.
  Directory(kv::KeyValue const& key_value, kv::Changer& changer, Clock const& clock);

  // Errors of all changes: conflict (exists already), not_found, syntax.
  kv::Ticket<Domain> add_domain(mime::Domain name);
  kv::Ticket<void> remove_domain(mime::Domain name);  // conflict while it has accounts
  Result<std::vector<Domain>> domains() const;

  // The id is new and never used again, also after a removal. not_found when the domain is not ours.
  kv::Ticket<Account> add_account(NewAccount account);
  kv::Ticket<void> set_password(mime::Address address, std::string password);
  kv::Ticket<AccountId> remove_account(mime::Address address);
  Result<std::optional<Account>> find_account(mime::Address const& address) const;
  Result<std::optional<Account>> find_account(AccountId id) const;
  // At most `limit` in the order of their addresses, after `after` (empty: from the first).
  Result<std::vector<Account>> accounts(std::string_view after, std::size_t limit) const;

  // Where mail for `address` goes. Temporary failures are errors, never NoSuchUser.
  Result<Route> route(mime::Address const& address) const;

 private:
  kv::KeyValue const& key_value_;
  kv::Changer& changer_;
  Clock const& clock_;
};

}  // namespace yubin::directory
