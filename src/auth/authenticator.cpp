#include "auth/authenticator.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <utility>

#include "auth/app_password.h"
#include "auth/network.h"
#include "auth/password_of_user.h"
#include "base/assert.h"
#include "base/bytes.h"
#include "base/ip_address.h"
#include "base/log.h"
#include "base/text.h"

namespace yubin::auth {

namespace {

constexpr std::size_t kMaxAddress = 320;

constexpr LogEvent kCannotVerify{"auth.cannot_verify", LogLevel::error,
                                 "a password could not be verified, because the directory or the stored hash cannot be "
                                 "read or memory is short"};

constexpr LogEvent kNotAllowed{"auth.not_allowed", LogLevel::info,
                               "a login was refused because the account's settings do not allow the service or the "
                               "network"};

bool is_loopback(std::string_view peer) {
  Result<IpAddress> const address = IpAddress::parse(peer);
  return address && address->is_loopback();
}

void log_error(Error const& error) {
  log(kCannotVerify, {{"error", to_string(error.code)}, {"detail", error.detail}});
}

}  // namespace

struct Authenticator::Login {
  Attempt attempt;
  Callback done;
  std::optional<directory::Account> account;
  std::string check;                       // check_key() of it
  Refused::Why why = Refused::Why::wrong;  // if it is refused
};

struct Authenticator::NewPassword {
  Secret password;
  std::move_only_function<void(Result<std::string>)> done;
};

Result<std::unique_ptr<Authenticator>> Authenticator::make(Services const& services, Secret key, Options options) {
  YUBIN_ASSERT(key.view().size() == kKey);
  Random& random = services.random;
  TRY(std::string dummy, hash_password(random.token(32), options.scheme, random));
  TRY(std::string secret, services.directory.server_secret(random.token(40)).wait());
  std::unique_ptr<Authenticator> made(
      new Authenticator(services, std::move(key), options, std::move(dummy), std::move(secret)));
  TRY_VOID(made->remembered_.read());
  TRY_VOID(made->known_networks_.read());
  TRY_VOID(made->known_users_.read());
  return made;
}

Authenticator::Authenticator(Services const& services, Secret key, Options options, std::string dummy,
                             std::string secret)
    : directory_(services.directory),
      app_passwords_(services.app_passwords),
      storage_pool_(services.storage_pool),
      hashing_pool_(services.hashing_pool),
      clock_(services.clock),
      random_(services.random),
      options_(options),
      dummy_(std::move(dummy)),
      secret_(std::move(secret)),
      key_(std::move(key)),
      remembered_(services.clock, options.remembered_checks, options.remember_check, services.known_logins,
                  directory::KnownLogin::check),
      wrong_(services.clock, options.wrong_checks, options.remember_wrong),
      known_networks_(services.clock, options.known_networks, options.know_network, services.known_logins,
                      directory::KnownLogin::network),
      known_users_(services.clock, options.known_networks, options.know_network, services.known_logins,
                   directory::KnownLogin::user),
      limiter_(services.clock, options.guesses) {}

Authenticator::~Authenticator() {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  idle_.wait(lock, [&] { return under_way_ == 0; });
}

void Authenticator::login(Attempt attempt, Callback done) {
  auto login =
      std::make_shared<Login>(std::move(attempt), std::move(done), std::nullopt, std::string(), Refused::Why::wrong);
  begin_work();
  storage_pool_.post(Lane::reading, [this, login] { look_up(login); });
}

// No account also for what can never be right, so that it takes the same way as an unknown user.
Result<std::optional<directory::Account>> Authenticator::find_account(Attempt const& attempt, Refused::Why& why) const {
  if (!attempt.authzid.empty() && !iequals(attempt.authzid, attempt.user)) return std::nullopt;
  auto address = mime::Address::parse(attempt.user);
  if (!address) return std::nullopt;
  TRY(std::optional<directory::Account> account, directory_.find_account(*address));
  if (!account) return std::nullopt;
  TRY(bool allowed, may_log_in(*account, attempt));
  if (allowed) return account;
  why = Refused::Why::not_allowed;
  return std::nullopt;
}

// Nothing: it is none of this account's, or not good for this service and network.
Result<std::optional<LoggedIn>> Authenticator::by_app_password(Login& login) const {
  directory::Account const& account = *login.account;
  Attempt const& attempt = login.attempt;
  std::optional<std::string> digest = app_password_digest(account.id, attempt.password.view());
  if (!digest) return std::nullopt;
  TRY(std::optional<directory::AppPassword> password, app_passwords_.find(account.id, *digest));
  if (!password) return std::nullopt;
  if (!password->is_good_for(attempt.service, attempt.peer)) {
    login.why = Refused::Why::not_allowed;
    return std::nullopt;
  }
  LoggedIn who{account.id, account.address, password->name};
  app_passwords_.used(account.id, *std::move(digest), *password, attempt.peer);
  return who;
}

Result<bool> Authenticator::may_log_in(directory::Account const& account, Attempt const& attempt) const {
  TRY(directory::AccountSettings settings, directory_.settings(account.id));
  if (settings.may_log_in(attempt.service, attempt.peer)) return true;
  log(kNotAllowed, {{"user", account.address.text()}, {"service", attempt.service}, {"peer", attempt.peer}});
  return false;
}

void Authenticator::look_up(std::shared_ptr<Login> const& login) {
  Guesser const from = guesser(login->attempt);
  auto account = find_account(login->attempt, login->why);
  if (!account) {
    log_error(account.error());
    return finish(*login, try_later(from));
  }
  login->account = std::move(*account);
  Result<std::optional<LoggedIn>> by_app = std::nullopt;
  if (login->account) by_app = by_app_password(*login);
  if (!by_app) {
    log_error(by_app.error());
    return finish(*login, try_later(from));
  }
  if (*by_app) {
    welcome(from);
    return finish(*login, **std::move(by_app));
  }
  if (login->account && login->account->password.empty()) login->account.reset();
  login->check = check_key(login->attempt, login->account);
  if (login->account && remembered_.contains(login->check)) {
    welcome(from);
    return finish(*login, LoggedIn{login->account->id, login->account->address});
  }
  if (wrong_.contains(login->check)) return finish(*login, refused(from, login->why));
  if (!may_try(from)) return finish(*login, try_later(from, TryLater::Why::guessing));
  Standing const standing = from.known == GuessLimiter::Known::nobody ? Standing::unknown : Standing::known;
  auto posted = hashing_pool_.post(from.network, standing, [this, login] { verify(*login); });
  if (!posted) finish(*login, try_later(from));
}

void Authenticator::verify(Login& login) {
  finish(login, stopping() ? TryLater{} : verified(login));
}

LoginResult Authenticator::verified(Login& login) {
  Guesser const from = guesser(login.attempt);
  // What waited before this one may have been the same, or one too many.
  if (wrong_.contains(login.check)) return refused(from, login.why);
  if (!may_try(from)) return try_later(from, TryLater::Why::guessing);
  std::string_view password = login.attempt.password.view();
  auto good = login.account ? verify_password_of(login.account->address.text(), password, login.account->password)
                            : verify_password(password, dummy_);
  if (!good) {
    log_error(good.error());
    return try_later(from);
  }
  if (!*good || !login.account) {
    // A cheap hash that was brought along from elsewhere would tell by its time that the user exists.
    if (login.account && !is_of(login.account->password, options_.scheme)) (void)verify_password(password, dummy_);
    return wrong_.add(login.check) ? wrong(from, login.why) : refused(from, login.why);
  }
  upgrade(*login.account, password);
  remembered_.add(check_key(login.attempt, login.account));
  welcome(from);
  return LoggedIn{login.account->id, login.account->address};
}

Authenticator::Guesser Authenticator::guesser(Attempt const& attempt) {
  using Known = GuessLimiter::Known;
  Network network = Network::of(attempt.peer);
  bool const exempt = !options_.limit_loopback && is_loopback(attempt.peer);
  // What is longer is no address (RFC 5321 section 4.5.3.1) and need not be kept whole.
  std::string user = to_lower(std::string_view(attempt.user).substr(0, kMaxAddress));
  Known known = Known::nobody;
  if (known_networks_.contains(network.text())) known = Known::others;
  if (known_users_.contains(network.home_of(user))) known = Known::user_at_home;
  return {std::move(network), std::move(user), known, exempt};
}

bool Authenticator::may_try(Guesser const& guesser) {
  return guesser.exempt || limiter_.may_try(guesser.guess());
}

Refused Authenticator::wrong(Guesser const& guesser, Refused::Why why) {
  if (!guesser.exempt) limiter_.wrong(guesser.guess());
  return refused(guesser, why);
}

Refused Authenticator::refused(Guesser const& guesser, Refused::Why why) {
  return Refused{{limiter_.refused(guesser.guess())}, why, {}};
}

TryLater Authenticator::try_later(Guesser const& guesser, TryLater::Why why) {
  return TryLater{{limiter_.refused(guesser.guess())}, why};
}

void Authenticator::welcome(Guesser const& guesser) {
  known_networks_.add(guesser.network.text());
  known_users_.add(guesser.network.home_of(guesser.user));
}

void Authenticator::login_by_token(Attempt attempt, std::shared_ptr<TokenVerifier const> tokens, Callback done) {
  begin_work();
  auto work = [this, attempt = std::move(attempt), tokens = std::move(tokens), done = std::move(done)]() mutable {
    done(check_token(attempt, *tokens));
    end_work();
  };
  storage_pool_.post(Lane::reading, std::move(work));
}

LoginResult Authenticator::check_token(Attempt& attempt, TokenVerifier const& tokens) {
  auto not_good = [&](std::string why) {
    Refused refusal = refused(guesser(attempt), Refused::Why::token);
    refusal.token = std::move(why);
    return refusal;
  };
  Result<std::string> address = tokens.verify(attempt.password.view(), clock_.now());
  if (!address) return not_good(std::move(address).error().detail);
  if (!attempt.user.empty() && !iequals(attempt.user, *address)) return not_good("the token is for " + *address);
  attempt.user = *std::move(address);
  Guesser const from = guesser(attempt);
  Refused::Why why{};
  auto account = find_account(attempt, why);
  if (!account) {
    log_error(account.error());
    return try_later(from);
  }
  if (!*account) return refused(from, why);
  welcome(from);
  return LoggedIn{(*account)->id, (*account)->address};
}

void Authenticator::find_keys(Attempt attempt, KeysCallback done) {
  begin_work();
  storage_pool_.post(Lane::reading, [this, attempt = std::move(attempt), done = std::move(done)]() mutable {
    look_up_keys(attempt, std::move(done));
    end_work();
  });
}

void Authenticator::look_up_keys(Attempt const& attempt, KeysCallback done) {
  Guesser const from = guesser(attempt);
  Refused::Why why{};
  auto account = find_account(attempt, why);
  if (!account) {
    log_error(account.error());
    return done(try_later(from));
  }
  if (!may_try(from)) return done(try_later(from, TryLater::Why::guessing));
  auto keys = *account ? scram_keys_of((*account)->password) : std::nullopt;
  if (!keys) return done(Keys{false_keys(to_lower(attempt.user)), std::nullopt});
  done(Keys{*std::move(keys), LoggedIn{(*account)->id, (*account)->address}});
}

// RFC 5802 section 5.1 wants the user's salt before the user is known to exist.
ScramKeys Authenticator::false_keys(std::string_view user) const {
  auto made = [&](std::string_view purpose) {
    auto bytes = hmac("SHA256", secret_.view(), std::string(purpose).append(user));
    YUBIN_ASSERT(bytes.has_value());
    return *std::move(bytes);
  };
  return {kScramIterations, made("salt").substr(0, kScramSalt), made("stored"), made("server")};
}

std::optional<TryLater> Authenticator::must_wait(Attempt const& attempt) {
  Guesser const from = guesser(attempt);
  if (may_try(from)) return std::nullopt;
  return try_later(from, TryLater::Why::guessing);
}

void Authenticator::proved(Attempt const& attempt) {
  welcome(guesser(attempt));
}

Refused Authenticator::not_proved(Attempt const& attempt) {
  return wrong(guesser(attempt), Refused::Why::wrong);
}

Result<std::string> Authenticator::make_record(std::string_view password) {
  TRY(std::string record, hash_password(password, options_.scheme, random_));
  if (options_.scheme == Scheme::ssha256_fast) return record;
  TRY(std::string scram, make_scram_line(password, random_));
  return record + "\n" + scram;
}

// What fails here is tried again at the next login.
void Authenticator::upgrade(directory::Account& account, std::string_view password) {
  if (options_.scheme == Scheme::ssha256_fast) return;
  if (is_of(account.password, options_.scheme) && scram_keys_of(account.password)) return;
  Result<std::string> record = make_record(password);
  if (!record) return log_error(record.error());
  auto const ticket = directory_.replace_password(account.id, account.password, *record);
  ticket.completion().on_done([ticket] {
    Result<> const replaced = ticket.take();
    if (!replaced && replaced.error().code != Errc::conflict) log_error(replaced.error());
  });
  account.password = *std::move(record);
}

void Authenticator::finish(Login& login, LoginResult result) {
  login.done(std::move(result));
  end_work();
}

void Authenticator::hash(Secret password, std::move_only_function<void(Result<std::string>)> done) {
  auto wanted = std::make_shared<NewPassword>(std::move(password), std::move(done));
  begin_work();
  auto posted = hashing_pool_.post(Network::of("administration"), Standing::known, [this, wanted] {
    wanted->done(make_record(wanted->password.view()));
    end_work();
  });
  if (posted) return;
  wanted->done(std::unexpected(std::move(posted).error()));
  end_work();
}

bool Authenticator::stopping() {
  std::lock_guard lock(mutex_);
  return stopping_;
}

void Authenticator::begin_work() {
  std::lock_guard lock(mutex_);
  ++under_way_;
}

void Authenticator::end_work() {
  std::lock_guard lock(mutex_);
  if (--under_way_ == 0) idle_.notify_all();
}

// Each part with its length, so that no two different checks have the same bytes.
std::string Authenticator::check_key(Attempt const& attempt, std::optional<directory::Account> const& account) const {
  Secret text([&] {
    std::string bytes;
    std::string_view const password = attempt.password.view();
    bytes.reserve(64 + attempt.user.size() + (account ? account->password.size() : 0) + password.size());
    ByteWriter writer(bytes);
    writer.u64(account ? account->id.value() : 0);
    writer.text(account ? account->password : to_lower(attempt.user));
    writer.text(password);
    return bytes;
  }());
  std::array<unsigned char, 32> mac;
  unsigned length = 0;
  unsigned char const* made =
      HMAC(EVP_sha256(), key_.view().data(), static_cast<int>(key_.view().size()),
           reinterpret_cast<unsigned char const*>(text.view().data()), text.view().size(), mac.data(), &length);
  YUBIN_ASSERT(made != nullptr && length == mac.size());
  return {reinterpret_cast<char const*>(mac.data()), mac.size()};
}

}  // namespace yubin::auth
