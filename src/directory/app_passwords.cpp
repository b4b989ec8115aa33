#include "directory/app_passwords.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "directory/reading.h"
#include "mime/lexer.h"

namespace yubin::directory {

namespace {

using kv::Changes;
using kv::Table;

constexpr LogEvent kNotNoted{"directory.last_use_not_noted", LogLevel::warning,
                             "the last use of an app password could not be written down"};

struct Kept {
  std::string key;
  AppPassword password;
};

template <class Source>
Result<std::vector<Kept>> all_of(Source const& source, AccountId account) {
  std::vector<Kept> all;
  for (kv::Range range = app_password_rows_of(account);;) {
    TRY(kv::Page page, source.scan(Table::directory, range, {}));
    for (kv::Row const& row : page.rows) {
      TRY(AppPassword password, decode_app_password(row.value));
      all.push_back({row.key, std::move(password)});
    }
    if (!page.next) return all;
    range.from = *std::move(page.next);
  }
}

Result<> check(AppPassword const& password) {
  if (password.name.empty()) return fail(Errc::syntax, "an app password needs a name");
  if (password.name.size() > kMaxAppPasswordName)
    return fail(Errc::limit, fmt::format("the name is over {} bytes", kMaxAppPasswordName));
  auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (!mime::is_utf8(password.name) || std::ranges::any_of(password.name, is_control))
    return fail(Errc::syntax, "the name is not a line of text in UTF-8");
  if (password.networks.size() > kMaxLoginNetworks)
    return fail(Errc::limit, fmt::format("more than {} networks", kMaxLoginNetworks));
  return {};
}

Result<AppPassword> change_add(Changes& changes, mime::Address const& address, std::string_view digest,
                               AppPassword const& password) {
  TRY_VOID(check(password));
  TRY(ToAccount account, get_named_account(changes, address));
  TRY(std::vector<Kept> all, all_of(changes, account.account));
  if (all.size() >= kMaxAppPasswords)
    return fail(Errc::limit, fmt::format("the account has {} app passwords already", kMaxAppPasswords));
  auto same = [&](Kept const& kept) { return kept.password.name == password.name; };
  if (std::ranges::any_of(all, same))
    return fail(Errc::conflict, "the account has an app password of this name: " + password.name);
  changes.put(Table::directory, app_password_key(account.account, digest), encode_app_password(password));
  return password;
}

Result<> change_remove(Changes& changes, mime::Address const& address, std::string const& name) {
  TRY(ToAccount account, get_named_account(changes, address));
  TRY(std::vector<Kept> all, all_of(changes, account.account));
  auto found = std::ranges::find_if(all, [&](Kept const& kept) { return kept.password.name == name; });
  if (found == all.end()) return fail(Errc::not_found, "the account has no app password of this name: " + name);
  changes.erase(Table::directory, found->key);
  return {};
}

}  // namespace

bool AppPassword::is_good_for(std::string_view service, std::string_view peer) const {
  return AccountSettings{.name = {}, .services = services, .networks = networks, .bytes = {}, .messages = {}}
      .may_log_in(service, peer);
}

std::int64_t AppPasswords::now() const {
  return seconds(clock_);
}

kv::Ticket<AppPassword> AppPasswords::add(mime::Address account, std::string digest, AppPassword password) {
  password.created = now();
  return changer_.change<AppPassword>(
      {kv::kServerAccount}, Lane::delivery,
      [account = std::move(account), digest = std::move(digest), password = std::move(password)](Changes& changes) {
        return change_add(changes, account, digest, password);
      });
}

kv::Ticket<void> AppPasswords::remove(mime::Address account, std::string name) {
  return changer_.change<void>({kv::kServerAccount}, Lane::delivery,
                               [account = std::move(account), name = std::move(name)](Changes& changes) {
                                 return change_remove(changes, account, name);
                               });
}

Result<std::vector<AppPassword>> AppPasswords::list(AccountId account) const {
  TRY(std::vector<Kept> all, all_of(key_value_, account));
  std::vector<AppPassword> passwords;
  passwords.reserve(all.size());
  for (Kept& kept : all) passwords.push_back(std::move(kept.password));
  std::ranges::sort(passwords, {}, &AppPassword::name);
  return passwords;
}

Result<std::optional<AppPassword>> AppPasswords::find(AccountId account, std::string_view digest) const {
  return find_row(key_value_, app_password_key(account, digest), decode_app_password);
}

void AppPasswords::used(AccountId account, std::string digest, AppPassword const& password, std::string peer) {
  std::int64_t const when = now();
  bool const same_peer = peer == password.last_peer;
  if (same_peer && when - password.last_used < kLastUseStep.count()) return;
  // From another place: once a minute, or two devices with one secret would write at each of their logins.
  if (when - password.last_used < 60) return;
  auto note = [key = app_password_key(account, digest), when, peer = std::move(peer)](Changes& changes) -> Result<> {
    TRY(std::optional<AppPassword> kept, find_row(changes, key, decode_app_password));
    if (!kept) return {};  // removed meanwhile
    kept->last_used = when;
    kept->last_peer = peer;
    changes.put(Table::directory, key, encode_app_password(*kept));
    return {};
  };
  auto const ticket = changer_.change<void>({kv::kServerAccount}, Lane::reading, std::move(note));
  ticket.completion().on_done([ticket] {
    Result<> const noted = ticket.take();
    if (!noted) log(kNotNoted, {{"error", to_string(noted.error().code)}, {"detail", noted.error().detail}});
  });
}

}  // namespace yubin::directory
