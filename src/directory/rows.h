// The directory's rows: their keys and records, one encoder and one decoder each. All lie in Table::directory; keys are
//
//   'c'                                    counter: the account id that was given last
//   'k'                                    what server_secret() keeps
//   'd' domain                             domain
//   'a' account id (8 bytes, big-endian)   account
//   'n' domain 0x00 folded local-part      name: what an address stands for
//   's' account id                         what is set for an account; none: the defaults
//   'p' account id, digest (32 bytes)      an app password
//   'q' domain                             default quota of its accounts; none: no limit
//   'r' domain 0x00 folded local-part 0x00 account id    an account that was removed
//   'l' kind (1 byte), text                what is known of a good login
//   'u' address or domain                  how much it has sent lately (sending_counts.h)
//   'g' domain 0x00 selector               a key that signs the domain's mail
//
// so the names of one domain stand together, in the order of their local-parts. Neither part can hold 0x00. Records
// begin with a version byte; a decoder refuses what it does not know and what is left over, with Errc::corrupt.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "directory/app_passwords.h"
#include "directory/directory.h"
#include "directory/known_logins.h"
#include "directory/signing_keys.h"
#include "kv/types.h"

namespace yubin::directory {

std::string counter_key();
std::string domain_key(mime::Domain const& name);
std::string account_key(AccountId id);
std::string name_key(mime::Address const& address);
std::string name_key(mime::Domain const& domain, std::string_view folded_local_part);
kv::Range domain_rows();
kv::Range name_rows();
kv::Range name_rows_of(mime::Domain const& domain);

std::string encode_domain(Domain const& domain);
Result<Domain> decode_domain(std::string_view record);

std::string encode_account(Account const& account);
Result<Account> decode_account(std::string_view record);

// What a name stands for. It holds the account's address as it was added, so that routing reads one row.
using Name = std::variant<ToAccount, Alias>;
std::string encode_name(Name const& name);
Result<Name> decode_name(std::string_view record);

std::string settings_key(AccountId id);
std::string encode_settings(AccountSettings const& settings);
Result<AccountSettings> decode_settings(std::string_view record);

std::string app_password_key(AccountId account, std::string_view digest);
kv::Range app_password_rows_of(AccountId account);
std::string encode_app_password(AppPassword const& password);
Result<AppPassword> decode_app_password(std::string_view record);

std::string quota_key(mime::Domain const& name);
std::string encode_quota(Quota const& quota);
Result<Quota> decode_quota(std::string_view record);

std::string removed_key(Account const& account);
kv::Range removed_rows();
kv::Range removed_rows_of(mime::Address const& address);
std::string encode_removed(RemovedAccount const& removed);
Result<RemovedAccount> decode_removed(std::string_view record);

std::string known_key(KnownLogin kind, std::string_view text);
kv::Range known_rows();
kv::Range known_rows(KnownLogin kind);
std::string encode_known(std::int64_t when);  // seconds since 1970
Result<std::int64_t> decode_known(std::string_view record);

std::string sending_key(std::string_view who);
kv::Range sending_rows();
std::string signing_key_key(mime::Domain const& domain, std::string_view selector);
kv::Range signing_key_rows_of(mime::Domain const& domain);
std::string encode_signing_key(SigningKey const& key);
Result<SigningKey> decode_signing_key(std::string_view record);

std::string secret_key();
std::string encode_secret(std::string_view secret);
Result<std::string> decode_secret(std::string_view record);

// The id that was given last.
std::string encode_counter(AccountId last);
Result<AccountId> decode_counter(std::string_view record);

}  // namespace yubin::directory
