#include "auth/authenticator.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <utility>

#include "auth/network.h"
#include "base/assert.h"
#include "base/bytes.h"
#include "base/log.h"
#include "base/text.h"

namespace yubin::auth {

namespace {

constexpr LogEvent kCannotVerify{"auth.cannot_verify", LogLevel::error,
                                 "a password could not be verified, because the directory or the stored hash cannot be "
                                 "read or memory is short"};

constexpr LogEvent kNotAllowed{"auth.not_allowed", LogLevel::info,
                               "a login was refused because the account's settings do not allow the service or the "
                               "network"};

void log_error(Error const& error) {
  log(kCannotVerify, {{"error", to_string(error.code)}, {"detail", error.detail}});
}

}  // namespace

struct Authenticator::Login {
  Attempt attempt;
  Callback done;
  std::optional<directory::Account> account;
};

struct Authenticator::NewPassword {
  Secret password;
  std::move_only_function<void(Result<std::string>)> done;
};

Result<std::unique_ptr<Authenticator>> Authenticator::make(directory::Directory& directory, Executor& storage_pool,
                                                           HashingPool& hashing_pool, Clock const& clock,
                                                           Random& random, Options options) {
  TRY(std::string dummy, hash_password(random.token(32), options.scheme, random));
  return std::unique_ptr<Authenticator>(
      new Authenticator(directory, storage_pool, hashing_pool, clock, random, options, std::move(dummy)));
}

Authenticator::Authenticator(directory::Directory& directory, Executor& storage_pool, HashingPool& hashing_pool,
                             Clock const& clock, Random& random, Options options, std::string dummy)
    : directory_(directory),
      storage_pool_(storage_pool),
      hashing_pool_(hashing_pool),
      random_(random),
      options_(options),
      dummy_(std::move(dummy)),
      remembered_(clock, options.remembered_checks, options.remember_check),
      known_networks_(clock, options.known_networks, options.know_network) {
  random_.fill(key_);
}

Authenticator::~Authenticator() {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  idle_.wait(lock, [&] { return under_way_ == 0; });
  OPENSSL_cleanse(key_.data(), key_.size());
}

void Authenticator::login(Attempt attempt, Callback done) {
  auto login = std::make_shared<Login>(std::move(attempt), std::move(done), std::nullopt);
  begin_work();
  storage_pool_.post(Lane::reading, [this, login] { look_up(login); });
}

// No account also for what can never be right, so that it takes the same way as an unknown user.
Result<std::optional<directory::Account>> Authenticator::find_account(Attempt const& attempt) const {
  if (!attempt.authzid.empty() && !iequals(attempt.authzid, attempt.user)) return std::nullopt;
  auto address = mime::Address::parse(attempt.user);
  if (!address) return std::nullopt;
  TRY(std::optional<directory::Account> account, directory_.find_account(*address));
  if (!account || account->password.empty()) return std::nullopt;
  TRY(bool allowed, may_log_in(*account, attempt));
  if (!allowed) return std::nullopt;
  return account;
}

Result<bool> Authenticator::may_log_in(directory::Account const& account, Attempt const& attempt) const {
  TRY(directory::AccountSettings settings, directory_.settings(account.id));
  if (settings.may_log_in(attempt.service, attempt.peer)) return true;
  log(kNotAllowed, {{"user", account.address.text()}, {"service", attempt.service}, {"peer", attempt.peer}});
  return false;
}

void Authenticator::look_up(std::shared_ptr<Login> const& login) {
  auto account = find_account(login->attempt);
  if (!account) {
    log_error(account.error());
    return finish(*login, TryLater{});
  }
  login->account = std::move(*account);
  if (login->account && remembered_.contains(check_key(*login->account, login->attempt.password.view())))
    return finish(*login, LoggedIn{login->account->id, login->account->address});

  Network network = Network::of(login->attempt.peer);
  Standing standing = known_networks_.contains(network.text()) ? Standing::known : Standing::unknown;
  auto posted = hashing_pool_.post(network, standing, [this, login] { verify(*login); });
  if (!posted) finish(*login, TryLater{});
}

void Authenticator::verify(Login& login) {
  finish(login, stopping() ? TryLater{} : verified(login));
}

LoginResult Authenticator::verified(Login& login) {
  std::string_view password = login.attempt.password.view();
  auto good = verify_password(password, login.account ? login.account->password : dummy_);
  if (!good) {
    log_error(good.error());
    return TryLater{};
  }
  if (!*good || !login.account) {
    // A cheap hash that was brought along from elsewhere would tell by its time that the user exists.
    if (login.account && !is_of(login.account->password, options_.scheme)) (void)verify_password(password, dummy_);
    return Refused{};
  }
  upgrade(*login.account, password);
  remembered_.add(check_key(*login.account, password));
  known_networks_.add(Network::of(login.attempt.peer).text());
  return LoggedIn{login.account->id, login.account->address};
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
std::string Authenticator::check_key(directory::Account const& account, std::string_view password) const {
  Secret text([&] {
    std::string bytes;
    bytes.reserve(64 + account.password.size() + password.size());
    ByteWriter writer(bytes);
    writer.u64(account.id.value());
    writer.text(account.password);
    writer.text(password);
    return bytes;
  }());
  std::array<unsigned char, 32> mac;
  unsigned length = 0;
  unsigned char const* made =
      HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
           reinterpret_cast<unsigned char const*>(text.view().data()), text.view().size(), mac.data(), &length);
  YUBIN_ASSERT(made != nullptr && length == mac.size());
  return {reinterpret_cast<char const*>(mac.data()), mac.size()};
}

}  // namespace yubin::auth
