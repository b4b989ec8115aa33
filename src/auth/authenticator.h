// Authenticator: is this password the account's?
//
// A login reads the directory on the storage pool and verifies on the hashing pool; nobody waits on a thread. Whether
// there is no such user or the password is wrong cannot be told from outside: both are Refused, both cost one hash of
// the scheme for new passwords (a dummy if need be), both wait in the same queue.
//
// A password that was stored in another scheme, by the server that the account came from, is hashed anew when it is
// given and right; so are SCRAM's keys made (password.h) for an account that has none.
//
// A check that was good is remembered, as a keyed hash of all that went into it (account, stored hash, password) under
// a key that only this process has: the next login costs no argon2, and a changed password is forgotten by itself. A
// network from which a login was good goes before others for a while (fair_queue.h).
#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <variant>

#include "auth/hashing_pool.h"
#include "auth/password.h"
#include "auth/recent_set.h"
#include "base/clock.h"
#include "base/executor.h"
#include "base/random.h"
#include "directory/directory.h"

namespace yubin::auth {

struct Attempt {
  std::string user;  // an address, as sent
  Secret password;
  std::string peer;       // IP address, without the port
  std::string authzid;    // whom to act as (RFC 4422 section 3.4.1): empty or the same as user, any other is refused
  std::string service{};  // as the table of services names it; an account may be kept from it
};

struct LoggedIn {
  directory::AccountId account;
  mime::Address address;  // the account's own
  friend bool operator==(LoggedIn const&, LoggedIn const&) = default;
};
struct Refused {
  friend bool operator==(Refused const&, Refused const&) = default;
};
struct TryLater {  // the directory cannot be read, or too many logins wait
  friend bool operator==(TryLater const&, TryLater const&) = default;
};
using LoginResult = std::variant<LoggedIn, Refused, TryLater>;

class Authenticator {
 public:
  struct Options {
    Scheme scheme = Scheme::argon2id;        // of new passwords
    std::size_t remembered_checks = 10'000;  // some 150 bytes each
    std::chrono::seconds remember_check = std::chrono::hours(24);
    std::size_t known_networks = 10'000;
    std::chrono::seconds know_network = std::chrono::days(14);
  };
  // Called once, on a thread of either pool; must be quick and must not throw.
  using Callback = std::move_only_function<void(LoginResult)>;

  // All outlive this. Takes the time of one hash.
  static Result<std::unique_ptr<Authenticator>> make(directory::Directory& directory, Executor& storage_pool,
                                                     HashingPool& hashing_pool, Clock const& clock, Random& random,
                                                     Options options);
  ~Authenticator();  // answers what waits with TryLater; returns when the last callback has

  // Any thread.
  void login(Attempt attempt, Callback done);

  // Hashes a new password on the hashing pool, for an administrator or an account's owner. `done` is called like
  // Callback. Errors: limit (too many passwords wait), temporary.
  void hash(Secret password, std::move_only_function<void(Result<std::string>)> done);

 private:
  struct Login;
  struct NewPassword;
  Authenticator(directory::Directory& directory, Executor& storage_pool, HashingPool& hashing_pool, Clock const& clock,
                Random& random, Options options, std::string dummy);

  Result<std::optional<directory::Account>> find_account(Attempt const& attempt) const;
  Result<bool> may_log_in(directory::Account const& account, Attempt const& attempt) const;
  void look_up(std::shared_ptr<Login> const& login);
  void verify(Login& login);
  LoginResult verified(Login& login);
  Result<std::string> make_record(std::string_view password);
  void upgrade(directory::Account& account, std::string_view password);
  void finish(Login& login, LoginResult result);
  bool stopping();
  void begin_work();
  void end_work();
  std::string check_key(directory::Account const& account, std::string_view password) const;

  directory::Directory& directory_;
  Executor& storage_pool_;
  HashingPool& hashing_pool_;
  Random& random_;
  Options const options_;
  std::string const dummy_;  // the hash of a password that nobody knows
  std::array<std::byte, 32> key_;
  RecentSet remembered_;
  RecentSet known_networks_;

  std::mutex mutex_;
  std::condition_variable idle_;
  std::size_t under_way_ = 0;
  bool stopping_ = false;
};

}  // namespace yubin::auth
