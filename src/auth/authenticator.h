// Authenticator: is this password the account's?
//
// A login reads the directory on the storage pool and verifies on the hashing pool; nobody waits on a thread. Whether
// there is no such user or the password is wrong cannot be told from outside: both are Refused, both cost one hash of
// the scheme for new passwords (a dummy if need be), both wait in the same queue.
//
// A password that was stored in another scheme, by the server that the account came from, is hashed anew when it is
// given and right; so are SCRAM's keys made (password.h) for an account that has none.
//
// A password that was wrong is remembered too, and costs nothing when it comes again: some forgotten telephone's old
// one. Other wrong ones are guesses: guess_limiter.h says from when on their senders wait, which is answered TryLater.
// A peer on this machine waits only if `limit_loopback` says so.
//
// An app password (directory/app_passwords.h) is looked for first, if what was given has the form of one. It is too
// long to be guessed, so it is neither hashed slowly nor made to wait; SCRAM knows only the account's own password.
//
// A check that was good is remembered, as a keyed hash of all that went into it (account, stored hash, password): the
// next login costs no argon2, and a changed password is forgotten by itself. A network from which a login was good goes
// before others for a while (fair_queue.h). Both outlive a restart (directory/known_logins.h); the key is kept
// elsewhere than the hashes, by who makes this.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <variant>

#include "auth/guess_limiter.h"
#include "auth/hashing_pool.h"
#include "auth/lasting_set.h"
#include "auth/password.h"
#include "auth/recent_set.h"
#include "auth/token_verifier.h"
#include "base/clock.h"
#include "base/executor.h"
#include "base/random.h"
#include "directory/app_passwords.h"
#include "directory/directory.h"
#include "directory/known_logins.h"

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
  mime::Address address;       // the account's own
  std::string app_password{};  // the name of the one that was used; empty: the account's own password
  friend bool operator==(LoggedIn const&, LoggedIn const&) = default;
};
// For the journal, which has no use for thousands of rows of one guesser: how many attempts of this network came to
// nothing not long ago, with this one (GuessLimiter::refused). Not compared.
struct Failures {
  std::uint32_t of_network = 1;
  friend bool operator==(Failures const&, Failures const&) { return true; }
};
struct Refused {
  enum class Why { wrong, not_allowed, token };  // for the journal only: from outside they cannot be told apart
  Failures failures{};
  Why why = Why::wrong;
  std::string token{};  // why a token was not good
  friend bool operator==(Refused const&, Refused const&) = default;
};
struct TryLater {
  enum class Why { busy, guessing };  // the directory cannot be read or too many logins wait; too many were wrong
  Failures failures{};
  Why why = Why::busy;
  friend bool operator==(TryLater const&, TryLater const&) = default;
};
using LoginResult = std::variant<LoggedIn, Refused, TryLater>;

class Authenticator {
 public:
  struct Options {
    Scheme scheme = Scheme::argon2id;        // of new passwords
    std::size_t remembered_checks = 10'000;  // some 150 bytes each
    std::chrono::seconds remember_check = std::chrono::hours(24);
    std::size_t known_networks = 10'000;  // and so many users, each with a network of theirs
    std::chrono::seconds know_network = std::chrono::days(14);
    std::size_t wrong_checks = 10'000;
    std::chrono::seconds remember_wrong = std::chrono::hours(1);
    bool limit_loopback = false;  // webmail on this machine logs everybody in from there
    GuessLimiter::Options guesses{};
  };
  // Called once, on a thread of either pool; must be quick and must not throw.
  using Callback = std::move_only_function<void(LoginResult)>;

  // All outlive the Authenticator.
  struct Services {
    directory::Directory& directory;
    directory::AppPasswords& app_passwords;
    directory::KnownLogins& known_logins;
    Executor& storage_pool;
    HashingPool& hashing_pool;
    Clock const& clock;
    Random& random;
  };
  static constexpr std::size_t kKey = 32;  // bytes

  // `key` is random, kKey bytes: what checks are remembered under; with another one than the last time none is known.
  // Takes the time of one hash, and reads what is known of logins.
  static Result<std::unique_ptr<Authenticator>> make(Services const& services, Secret key, Options options);
  ~Authenticator();  // answers what waits with TryLater; returns when the last callback has

  // Any thread.
  void login(Attempt attempt, Callback done);

  // With a token (token_verifier.h) in place of the password, and the user whom it must be for, or none. It cannot be
  // guessed, so nobody waits.
  void login_by_token(Attempt attempt, std::shared_ptr<TokenVerifier const> tokens, Callback done);

  // For SCRAM (auth/sasl_scram.h): the keys of a user's password. Of a user who does not exist, has none, or may not
  // act as `authzid`, false ones, always the same for one name, and nobody. Calls back like Callback.
  struct Keys {
    ScramKeys keys;
    std::optional<LoggedIn> who;
  };
  using KeysCallback = std::move_only_function<void(std::variant<Keys, TryLater>)>;
  void find_keys(Attempt attempt, KeysCallback done);  // without a password
  // The client is about to prove that it knows the password; nothing if it may, though others have guessed meanwhile.
  std::optional<TryLater> must_wait(Attempt const& attempt);
  // How that ended: the client knew the password, or it did not. Quick.
  void proved(Attempt const& attempt);
  Refused not_proved(Attempt const& attempt);

  Random& random() { return random_; }

  // Hashes a new password on the hashing pool, for an administrator or an account's owner. `done` is called like
  // Callback. Errors: limit (too many passwords wait), temporary.
  void hash(Secret password, std::move_only_function<void(Result<std::string>)> done);

 private:
  struct Login;
  struct NewPassword;
  Authenticator(Services const& services, Secret key, Options options, std::string dummy, std::string secret);

  // Who attempts, as the limits see it.
  struct Guesser {
    Network network;
    std::string user;
    GuessLimiter::Known known;
    bool exempt;
    GuessLimiter::Guess guess() const { return {network, user, known}; }
  };
  Guesser guesser(Attempt const& attempt);
  bool may_try(Guesser const& guesser);
  Refused wrong(Guesser const& guesser, Refused::Why why);
  Refused refused(Guesser const& guesser, Refused::Why why);
  TryLater try_later(Guesser const& guesser, TryLater::Why why = TryLater::Why::busy);
  void welcome(Guesser const& guesser);
  LoginResult check_token(Attempt& attempt, TokenVerifier const& tokens);
  void look_up_keys(Attempt const& attempt, KeysCallback done);
  ScramKeys false_keys(std::string_view user) const;
  // Of an account that may log in so, if `why` is still Why::wrong.
  Result<std::optional<directory::Account>> find_account(Attempt const& attempt, Refused::Why& why) const;
  Result<std::optional<LoggedIn>> by_app_password(Login& login) const;
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
  std::string check_key(Attempt const& attempt, std::optional<directory::Account> const& account) const;

  directory::Directory& directory_;
  directory::AppPasswords& app_passwords_;
  Executor& storage_pool_;
  HashingPool& hashing_pool_;
  Clock const& clock_;
  Random& random_;
  Options const options_;
  std::string const dummy_;  // the hash of a password that nobody knows
  Secret const secret_;      // of this server for ever: what false keys are made from
  Secret const key_;
  LastingSet remembered_;
  RecentSet wrong_;
  LastingSet known_networks_;
  LastingSet known_users_;  // each with a network
  GuessLimiter limiter_;

  std::mutex mutex_;
  std::condition_variable idle_;
  std::size_t under_way_ = 0;
  bool stopping_ = false;
};

}  // namespace yubin::auth
