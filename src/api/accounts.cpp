#include "api/api.h"
#include "api/json.h"
#include "auth/password.h"

#include <boost/json/array.hpp>

namespace yubin::api {

namespace {

namespace json = boost::json;

constexpr std::size_t kMaxListed = 1000;

json::object to_json(directory::Account const& account) {
  return {{"address", account.address.text()}, {"id", account.id.value()}, {"created", iso_time(account.created)}};
}

// One of the two: the password itself, or how another server has stored it ("{SCHEME}…").
struct GivenPassword {
  Secret password;
  std::string hash;
};

struct AddressAndPassword {
  mime::Address address;
  GivenPassword password;
};

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

Result<AddressAndPassword> parse_new_account(std::string_view body) {
  TRY(json::object object, parse_object(body, {"address", "password", "password_hash"}));
  TRY(std::string address_text, get_text(object, "address"));
  TRY(mime::Address address, mime::Address::parse(address_text));
  TRY(GivenPassword password, get_password(object));
  return AddressAndPassword{std::move(address), std::move(password)};
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
  Result<mime::Address> address = mime::Address::parse(call.parameter);
  if (!address) return reply(error_response(address.error()));
  auto account = services_.directory.find_account(*address);
  if (!account) return reply(error_response(account.error()));
  if (!*account) return reply(error_response({Errc::not_found, "no account " + address->text()}));
  reply(json_response(200, to_json(**account)));
}

void Api::add_account(Call call, Reply reply) {
  Result<AddressAndPassword> wanted = parse_new_account(call.body);
  if (!wanted) return reply(error_response(wanted.error()));
  call.body.clear();
  auto hashed = [this, address = std::move(wanted->address), call = std::move(call),
                 reply = std::move(reply)](Result<std::string> hash) mutable {
    if (!hash) return reply(error_response(hash.error()));
    auto ticket = services_.directory.add_account({std::move(address), *std::move(hash)});
    ticket.completion().on_done([this, ticket, call = std::move(call), reply = std::move(reply)]() mutable {
      Result<directory::Account> account = ticket.take();
      if (!account) return reply(error_response(account.error()));
      create_mailboxes(*std::move(account), std::move(call), std::move(reply));
    });
  };
  make_record(services_, std::move(wanted->password), std::move(hashed));
}

// A crash before this leaves an account without mailboxes; they are made at its first delivery or login instead.
void Api::create_mailboxes(directory::Account account, Call call, Reply reply) {
  auto ticket = services_.store.change<void>(
      {account.id}, Lane::delivery, [id = account.id](store::Changes& changes) { return changes.create_account(id); });
  ticket.completion().on_done(
      [this, ticket, account = std::move(account), call = std::move(call), reply = std::move(reply)]() mutable {
        Result<> created = ticket.take();
        if (!created) return reply(error_response(created.error()));
        record_change(call, "account added: " + account.address.text(), json_response(201, to_json(account)),
                      std::move(reply));
      });
}

void Api::set_password(Call call, Reply reply) {
  auto parse = [&]() -> Result<AddressAndPassword> {
    TRY(mime::Address address, mime::Address::parse(call.parameter));
    TRY(json::object object, parse_object(call.body, {"password", "password_hash"}));
    TRY(GivenPassword password, get_password(object));
    return AddressAndPassword{std::move(address), std::move(password)};
  };
  Result<AddressAndPassword> wanted = parse();
  if (!wanted) return reply(error_response(wanted.error()));
  call.body.clear();
  auto hashed = [this, address = std::move(wanted->address), call = std::move(call),
                 reply = std::move(reply)](Result<std::string> hash) mutable {
    if (!hash) return reply(error_response(hash.error()));
    auto ticket = services_.directory.set_password(address, *std::move(hash));
    ticket.completion().on_done([this, ticket, address, call = std::move(call), reply = std::move(reply)]() mutable {
      Result<> set = ticket.take();
      if (!set) return reply(error_response(set.error()));
      record_change(call, "password set: " + address.text(), json_response(200, {{"address", address.text()}}),
                    std::move(reply));
    });
  };
  make_record(services_, std::move(wanted->password), std::move(hashed));
}

void Api::remove_account(Call call, Reply reply) {
  Result<mime::Address> address = mime::Address::parse(call.parameter);
  if (!address) return reply(error_response(address.error()));
  auto ticket = services_.directory.remove_account(*address);
  ticket.completion().on_done([this, ticket, address = *address, call = std::move(call),
                               reply = std::move(reply)]() mutable {
    Result<kv::AccountId> id = ticket.take();
    if (!id) return reply(error_response(id.error()));
    auto emptied = services_.store.change<void>(
        {*id}, Lane::delivery, [id = *id](store::Changes& changes) { return changes.remove_account(id); });
    emptied.completion().on_done([this, emptied, address, call = std::move(call), reply = std::move(reply)]() mutable {
      Result<> done = emptied.take();
      if (!done) return reply(error_response(done.error()));
      record_change(call, "account removed: " + address.text(), json_response(200, {{"removed", address.text()}}),
                    std::move(reply));
    });
  });
}

}  // namespace yubin::api
