// App passwords: further secrets of an account, each for one program or device, made by this server and shown once. One
// that leaks is removed alone, and the account's own password need not be known to any program.
//
// A row is found by the account and a digest of the secret (auth/app_password.h), which is long and random: no slow
// hash, and looking one up is one read however many there are.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "directory/settings.h"
#include "kv/changer.h"
#include "mime/address.h"

namespace yubin::directory {

using kv::AccountId;

inline constexpr std::size_t kMaxAppPasswords = 100;    // of one account
inline constexpr std::size_t kMaxAppPasswordName = 64;  // bytes
inline constexpr std::size_t kAppPasswordDigest = 32;   // bytes
// How exactly it is known when an app password was used last: a login need not write a row each time.
inline constexpr std::chrono::seconds kLastUseStep = std::chrono::hours(1);

struct AppPassword {
  std::string name;                 // what it is for; UTF-8 without control characters, one of a kind in the account
  LoginServices services;           // that it is good for, of those that the account may log in to
  std::vector<IpNetwork> networks;  // from where it is good; none: from wherever the account may log in
  std::int64_t created = 0;         // seconds since 1970
  std::int64_t last_used = 0;       // 0: never; see kLastUseStep
  std::string last_peer;            // from where, an IP address
  friend bool operator==(AppPassword const&, AppPassword const&) = default;

  bool is_good_for(std::string_view service, std::string_view peer) const;
};

// Reading sees committed state and belongs on the storage pool; changes are durable when their ticket is done. Any
// thread.
class AppPasswords {
 public:
  // All outlive this.
  AppPasswords(kv::KeyValue const& key_value, kv::Changer& changer, Clock const& clock)
      : key_value_(key_value), changer_(changer), clock_(clock) {}

  // Sets `created`. Errors: not_found (the account), conflict (it has one of this name), limit, syntax (the name).
  kv::Ticket<AppPassword> add(mime::Address account, std::string digest, AppPassword password);
  // Errors: not_found (the account, or it has none of this name).
  kv::Ticket<void> remove(mime::Address account, std::string name);
  // In the order of their names.
  Result<std::vector<AppPassword>> list(AccountId account) const;
  Result<std::optional<AppPassword>> find(AccountId account, std::string_view digest) const;
  // A login by `password`, which find() gave: written down unless that was done within kLastUseStep. Waits for nothing.
  void used(AccountId account, std::string digest, AppPassword const& password, std::string peer);

 private:
  std::int64_t now() const;

  kv::KeyValue const& key_value_;
  kv::Changer& changer_;
  Clock const& clock_;
};

}  // namespace yubin::directory
