// App passwords of accounts (directory/app_passwords.h). The secret is in the answer that adds one, and nowhere else.
#include <fmt/format.h>

#include "api/account_json.h"
#include "api/api.h"
#include "api/json.h"
#include "auth/app_password.h"
#include "base/assert.h"
#include "base/text.h"

namespace yubin::api {

namespace {

namespace json = boost::json;

json::object to_json(directory::AppPassword const& password) {
  json::object object{{"name", password.name},
                      {"services", json_of(password.services)},
                      {"networks", json_of(password.networks)},
                      {"created", iso_time(password.created)},
                      {"last_used", nullptr},
                      {"last_peer", nullptr}};
  if (password.last_used == 0) return object;
  object["last_used"] = iso_time(password.last_used);
  object["last_peer"] = password.last_peer;
  return object;
}

Result<directory::AppPassword> parse_app_password(std::string_view body) {
  TRY(json::object object, parse_object(body, {"name", "services", "networks"}));
  directory::AppPassword password;
  TRY(password.name, get_text(object, "name"));
  TRY(std::optional<directory::LoginServices> services, find_services(object));
  if (services) password.services = *services;
  TRY(std::optional<std::vector<IpNetwork>> networks, find_networks(object));
  if (networks) password.networks = *std::move(networks);
  return password;
}

Result<std::string> parse_name(std::string_view body) {
  TRY(json::object object, parse_object(body, {"name"}));
  return get_text(object, "name");
}

}  // namespace

Result<directory::Account> Api::get_account(std::string_view text) const {
  TRY(mime::Address address, mime::Address::parse(text));
  TRY(std::optional<directory::Account> account, services_.directory.find_account(address));
  if (!account) return fail(Errc::not_found, "no such account: " + address.text());
  return *std::move(account);
}

void Api::list_app_passwords(Call call, Reply reply) {
  auto list = [&]() -> Result<json::object> {
    TRY(directory::Account account, get_account(call.parameter));
    TRY(std::vector<directory::AppPassword> passwords, services_.app_passwords.list(account.id));
    json::array all;
    for (directory::AppPassword const& password : passwords) all.push_back(to_json(password));
    return json::object{{"address", account.address.text()}, {"app_passwords", std::move(all)}};
  };
  Result<json::object> listed = list();
  if (!listed) return refuse(listed.error(), std::move(call.parameter), std::move(reply));
  reply(json_response(200, *listed));
}

void Api::add_app_password(Call call, Reply reply) {
  Result<directory::AppPassword> wanted = parse_app_password(call.body);
  if (!wanted) return reply(error_response(wanted.error()));
  Result<directory::Account> const account = get_account(call.parameter);
  if (!account) return refuse(account.error(), std::move(call.parameter), std::move(reply));
  Secret secret = auth::make_app_password(services_.random);
  std::optional<std::string> digest = auth::app_password_digest(account->id, secret.view());
  YUBIN_ASSERT(digest.has_value());
  auto ticket = services_.app_passwords.add(account->address, *std::move(digest), *std::move(wanted));
  finish(ticket, account->address.text(), std::move(call), std::move(reply),
         [address = account->address, secret = std::move(secret)](directory::AppPassword const& added) {
           json::object answer = to_json(added);
           answer["address"] = address.text();
           answer["password"] = secret.view();
           return Changed{fmt::format("app password added: {} for {}", yubin::quoted(added.name), address.text()),
                          json_response(201, answer)};
         });
}

void Api::remove_app_password(Call call, Reply reply) {
  Result<std::string> name = parse_name(call.body);
  if (!name) return reply(error_response(name.error()));
  Result<directory::Account> account = get_account(call.parameter);
  if (!account) return refuse(account.error(), std::move(call.parameter), std::move(reply));
  auto ticket = services_.app_passwords.remove(account->address, *name);
  ticket.completion().on_done([this, ticket, address = account->address, name = *std::move(name),
                               call = std::move(call), reply = std::move(reply)]() mutable {
    Result<> const removed = ticket.take();
    if (!removed) return reply(error_response(removed.error()));
    http::Response response = json_response(200, {{"address", address.text()}, {"removed", name}});
    record_change(call, fmt::format("app password removed: {} of {}", yubin::quoted(name), address.text()),
                  std::move(response), std::move(reply));
  });
}

}  // namespace yubin::api
