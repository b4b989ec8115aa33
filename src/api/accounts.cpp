#include <boost/json/array.hpp>

#include "api/account_json.h"
#include "api/api.h"
#include "api/json.h"
#include "auth/password.h"
#include "base/ip_address.h"

namespace yubin::api {

namespace {

namespace json = boost::json;

constexpr std::size_t kMaxListed = 1000;

struct NewAccount {
  mime::Address address;
  GivenPassword password;
  directory::Directory::EditSettings settings;
};

json::object to_json(directory::Account const& account) {
  return {{"address", account.address.text()}, {"id", account.id.value()}, {"created", iso_time(account.created)}};
}

json::value or_null(std::optional<std::uint64_t> const& number) {
  return number ? json::value(*number) : json::value(nullptr);
}

json::object to_json(directory::AccountSettings const& settings) {
  json::object object{{"name", settings.name},
                      {"services", json_of(settings.services)},
                      {"networks", json_of(settings.networks)},
                      {"quota_bytes", or_null(settings.bytes)},
                      {"quota_messages", or_null(settings.messages)}};
  for (std::size_t i = 0; i < directory::kSendingLimits; ++i)
    object[directory::kSendingLimitNames[i]] = or_null(settings.sending[i]);
  return object;
}

void add_all(json::object& object, json::object const& more) {
  for (auto const& member : more) object[member.key()] = member.value();
}

constexpr std::initializer_list<std::string_view> kSettings = {"name",
                                                               "services",
                                                               "networks",
                                                               "quota_bytes",
                                                               "quota_messages",
                                                               "messages_per_hour",
                                                               "messages_per_day",
                                                               "recipients_per_hour",
                                                               "recipients_per_day"};
constexpr std::initializer_list<std::string_view> kNewAccount = {
    "address",           "password",         "password_hash",       "name",
    "services",          "networks",         "quota_bytes",         "quota_messages",
    "messages_per_hour", "messages_per_day", "recipients_per_hour", "recipients_per_day"};

// What the members of `object` set; those that are missing leave what is.
Result<directory::Directory::EditSettings> parse_settings(json::object const& object) {
  TRY(std::optional<std::string> name, find_text(object, "name"));
  TRY(std::optional<directory::LoginServices> services, find_services(object));
  TRY(std::optional<std::vector<IpNetwork>> networks, find_networks(object));
  TRY(std::optional<std::uint64_t> bytes, find_number(object, "quota_bytes"));
  TRY(std::optional<std::uint64_t> messages, find_number(object, "quota_messages"));
  std::array<std::optional<std::optional<std::uint64_t>>, directory::kSendingLimits> sending;
  for (std::size_t i = 0; i < directory::kSendingLimits; ++i) {
    if (!object.contains(directory::kSendingLimitNames[i])) continue;
    TRY(std::optional<std::uint64_t> limit, find_number(object, directory::kSendingLimitNames[i]));
    sending[i] = limit;
  }
  bool const sets_bytes = object.contains("quota_bytes");
  bool const sets_messages = object.contains("quota_messages");
  return [=](directory::AccountSettings& settings) -> Result<> {
    if (name) settings.name = *name;
    if (services) settings.services = *services;
    if (networks) settings.networks = *networks;
    if (sets_bytes) settings.bytes = bytes;
    if (sets_messages) settings.messages = messages;
    for (std::size_t i = 0; i < directory::kSendingLimits; ++i)
      if (sending[i]) settings.sending[i] = *sending[i];
    return {};
  };
}

Result<GivenPassword> get_password(json::object const& object) {
  TRY(std::optional<std::string> hash, find_text(object, "password_hash"));
  if (!hash) {
    TRY(std::string password, get_text(object, "password"));
    return GivenPassword{Secret(std::move(password)), {}};
  }
  if (object.contains("password")) return fail(Errc::syntax, "password and password_hash exclude each other");
  TRY_VOID(auth::check_stored_password(*hash));
  return GivenPassword{Secret(), *std::move(hash)};
}

// Calls back with what is to be stored, on any thread.
template <class Done>
void make_record(Services const& services, GivenPassword given, Done done) {
  if (!given.hash.empty()) return done(Result<std::string>(std::move(given.hash)));
  services.hash_password(std::move(given.password), std::move(done));
}

Result<NewAccount> parse_new_account(std::string_view body) {
  TRY(json::object object, parse_object(body, kNewAccount));
  TRY(std::string address_text, get_text(object, "address"));
  TRY(mime::Address address, mime::Address::parse(address_text));
  TRY(GivenPassword password, get_password(object));
  TRY(directory::Directory::EditSettings settings, parse_settings(object));
  return NewAccount{std::move(address), std::move(password), std::move(settings)};
}

struct NewPassword {
  mime::Address address;
  GivenPassword password;
  std::optional<auth::Attempt> proof;  // the old password; none: the caller need not know it
};

// Who asks for it, where an administrator's program asks for somebody: as if from this machine, unless it says more.
Result<std::string> find_peer(json::object const& object) {
  TRY(std::optional<std::string> text, find_text(object, "peer"));
  TRY(IpAddress peer, IpAddress::parse(text.value_or("127.0.0.1")));
  return peer.text();
}

Result<NewPassword> parse_new_password(Call const& call) {
  TRY(mime::Address address, mime::Address::parse(call.parameter));
  TRY(json::object object, parse_object(call.body, {"password", "password_hash", "old_password", "peer"}));
  TRY(GivenPassword password, get_password(object));
  TRY(std::string peer, find_peer(object));
  TRY(std::optional<std::string> old, find_text(object, "old_password"));
  NewPassword wanted{std::move(address), std::move(password), std::nullopt};
  if (old) {
    wanted.proof = auth::Attempt{.user = wanted.address.text(),
                                 .password = Secret(*std::move(old)),
                                 .peer = std::move(peer),
                                 .authzid = {},
                                 .service = "web"};
  }
  return wanted;
}

// Nothing: `result` is the login of somebody who may change the account's own password.
std::optional<Error> not_proved(auth::LoginResult const& result) {
  auto const* who = std::get_if<auth::LoggedIn>(&result);
  if (who != nullptr && who->app_password.empty()) return std::nullopt;
  if (std::holds_alternative<auth::TryLater>(result))
    return Error{Errc::temporary, "the old password could not be looked at; there may have been too many wrong ones"};
  return Error{Errc::denied, "the old password is wrong"};
}

struct Removal {
  mime::Address address;
  std::chrono::seconds grace = directory::kGraceOfRemoval;
};

Result<Removal> parse_removal(Call const& call) {
  TRY(mime::Address address, mime::Address::parse(call.parameter));
  Removal removal{std::move(address)};
  if (call.body.empty()) return removal;
  TRY(json::object object, parse_object(call.body, {"now", "grace_days"}));
  TRY(std::optional<bool> now, find_bool(object, "now"));
  TRY(std::optional<std::uint64_t> days, find_number(object, "grace_days"));
  if (days && *days > 3650) return fail(Errc::limit, "grace_days is over ten years");
  if (days) removal.grace = std::chrono::days(*days);
  if (now.value_or(false)) removal.grace = {};
  return removal;
}

}  // namespace

void Api::list_accounts(Call, Reply reply) {
  json::array list;
  std::string after;
  for (;;) {
    auto page = services_.directory.accounts(after, kMaxListed);
    if (!page) return reply(error_response(page.error()));
    for (directory::Account const& account : *page) list.push_back(to_json(account));
    if (page->size() < kMaxListed) break;
    after = page->back().address.folded();
  }
  reply(json_response(200, {{"accounts", std::move(list)}}));
}

void Api::show_account(Call call, Reply reply) {
  auto show = [&]() -> Result<json::object> {
    TRY(mime::Address address, mime::Address::parse(call.parameter));
    TRY(std::optional<directory::Account> account, services_.directory.find_account(address));
    if (!account) return fail(Errc::not_found, "no such account: " + address.text());
    TRY(directory::AccountSettings settings, services_.directory.settings(account->id));
    TRY(directory::Quota limit, services_.directory.quota(account->id));
    Result<store::Usage> used = services_.store.usage(account->id);
    if (!used && used.error().code != Errc::not_found) return std::unexpected(used.error());
    json::object all = to_json(*account);
    add_all(all, to_json(settings));
    // What holds, also where the domain's quota stands in; 0: no limit.
    add_all(all, {{"limit_bytes", limit.bytes},
                  {"limit_messages", limit.messages},
                  {"used_bytes", used ? used->bytes : 0},
                  {"used_messages", used ? used->messages : 0}});
    return all;
  };
  Result<json::object> shown = show();
  if (!shown) return refuse(shown.error(), std::move(call.parameter), std::move(reply));
  reply(json_response(200, *shown));
}

void Api::add_account(Call call, Reply reply) {
  Result<NewAccount> wanted = parse_new_account(call.body);
  if (!wanted) return reply(error_response(wanted.error()));
  call.body.clear();
  auto hashed = [this, address = std::move(wanted->address), settings = std::move(wanted->settings),
                 call = std::move(call), reply = std::move(reply)](Result<std::string> hash) mutable {
    if (!hash) return reply(error_response(hash.error()));
    std::string domain = address.domain().text();
    auto ticket = services_.directory.add_account({std::move(address), *std::move(hash)});
    ticket.completion().on_done([this, ticket, domain = std::move(domain), settings = std::move(settings),
                                 call = std::move(call), reply = std::move(reply)]() mutable {
      Result<directory::Account> account = ticket.take();
      if (!account) return refuse(account.error(), std::move(domain), std::move(reply));
      apply_settings(*std::move(account), std::move(settings), std::move(call), std::move(reply));
    });
  };
  make_record(services_, std::move(wanted->password), std::move(hashed));
}

void Api::apply_settings(directory::Account account, directory::Directory::EditSettings edit, Call call, Reply reply) {
  auto ticket = services_.directory.change_settings(account.address, std::move(edit));
  ticket.completion().on_done(
      [this, ticket, account = std::move(account), call = std::move(call), reply = std::move(reply)]() mutable {
        Result<directory::AccountSettings> set = ticket.take();
        if (!set) return reply(error_response(set.error()));
        create_mailboxes(std::move(account), std::move(call), std::move(reply));
      });
}

// A crash before this leaves an account without mailboxes; they are made at its first delivery or login instead.
void Api::create_mailboxes(directory::Account account, Call call, Reply reply) {
  auto ticket = services_.store.change<void>(
      {account.id}, Lane::delivery, [id = account.id](store::Changes& changes) { return changes.create_account(id); });
  finish(ticket, "", std::move(call), std::move(reply), [account = std::move(account)] {
    return Changed{"account added: " + account.address.text(), json_response(201, to_json(account))};
  });
}

void Api::set_password(Call call, Reply reply) {
  Result<NewPassword> wanted = parse_new_password(call);
  if (!wanted) return reply(error_response(wanted.error()));
  wipe(call.body);
  if (!wanted->proof)
    return store_password(std::move(wanted->address), std::move(wanted->password), std::move(call), std::move(reply));
  auth::Attempt proof = *std::move(wanted->proof);
  auto checked = [this, address = std::move(wanted->address), password = std::move(wanted->password),
                  call = std::move(call), reply = std::move(reply)](auth::LoginResult const& result) mutable {
    if (std::optional<Error> const error = not_proved(result)) return reply(error_response(*error));
    store_password(std::move(address), std::move(password), std::move(call), std::move(reply));
  };
  services_.check_password(std::move(proof), std::move(checked));
}

void Api::store_password(mime::Address address, GivenPassword password, Call call, Reply reply) {
  auto hashed = [this, address = std::move(address), call = std::move(call),
                 reply = std::move(reply)](Result<std::string> hash) mutable {
    if (!hash) return reply(error_response(hash.error()));
    auto ticket = services_.directory.set_password(address, *std::move(hash));
    finish(ticket, address.text(), std::move(call), std::move(reply), [address] {
      return Changed{"password set: " + address.text(), json_response(200, {{"address", address.text()}})};
    });
  };
  make_record(services_, std::move(password), std::move(hashed));
}

void Api::change_account(Call call, Reply reply) {
  auto parse = [&]() -> Result<directory::Directory::EditSettings> {
    TRY(json::object object, parse_object(call.body, kSettings));
    return parse_settings(object);
  };
  Result<mime::Address> address = mime::Address::parse(call.parameter);
  if (!address) return reply(error_response(address.error()));
  Result<directory::Directory::EditSettings> edit = parse();
  if (!edit) return reply(error_response(edit.error()));
  auto ticket = services_.directory.change_settings(*address, *std::move(edit));
  finish(ticket, address->text(), std::move(call), std::move(reply),
         [address = *address](directory::AccountSettings const& settings) {
           json::object all{{"address", address.text()}};
           add_all(all, to_json(settings));
           return Changed{"account changed: " + address.text(), json_response(200, all)};
         });
}

void Api::remove_account(Call call, Reply reply) {
  Result<Removal> removal = parse_removal(call);
  if (!removal) return reply(error_response(removal.error()));
  std::chrono::seconds const grace = removal->grace;
  std::int64_t const purge_after = seconds_now() + grace.count();
  auto ticket = services_.directory.remove_account(removal->address, grace);
  finish(ticket, removal->address.text(), std::move(call), std::move(reply),
         [this, address = removal->address, grace, purge_after](kv::AccountId) {
           if (grace == std::chrono::seconds(0)) services_.purge_soon();
           return Changed{"account removed: " + address.text(),
                          json_response(200, {{"removed", address.text()}, {"purge_after", iso_time(purge_after)}})};
         });
}

void Api::restore_account(Call call, Reply reply) {
  Result<mime::Address> address = mime::Address::parse(call.parameter);
  if (!address) return reply(error_response(address.error()));
  auto ticket = services_.directory.restore_account(*address);
  finish(ticket, address->text(), std::move(call), std::move(reply), [](directory::Account const& account) {
    return Changed{"account restored: " + account.address.text(), json_response(200, to_json(account))};
  });
}

void Api::list_removed_accounts(Call, Reply reply) {
  auto removed = services_.directory.removed_accounts();
  if (!removed) return reply(error_response(removed.error()));
  json::array list;
  for (directory::RemovedAccount const& account : *removed) {
    json::object one = to_json(account.account);
    add_all(one, {{"removed", iso_time(account.removed)}, {"purge_after", iso_time(account.purge_after)}});
    list.push_back(std::move(one));
  }
  reply(json_response(200, {{"accounts", std::move(list)}}));
}

}  // namespace yubin::api
