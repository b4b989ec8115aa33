// Requests to the API and what becomes of them, without a socket.
#include "api/api.h"

#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "store/test_world.h"

namespace yubin::api {
namespace {

namespace json = boost::json;

struct FakeRuntime final : Runtime {
  api::Status status() override { return current; }
  Reloaded reload() override { return reloaded; }
  api::Status current;
  Reloaded reloaded;
};

class ApiTest : public testing::Test {
 public:
  ApiTest()
      : api(Services{directory, app_passwords, world.store, journal, hash, check, random, world.engine, world.bodies,
                     world.ids, world.clock, pool, "/nonexistent", [this] { ++purges; }, runtime}) {}

  http::Response ask(std::string method, std::string path, std::string body = "") {
    auto const ticket = kv::Ticket<http::Response>::make();
    api.handle({std::move(method), "/api/v1" + path, std::move(body)}, "test",
               [ticket](http::Response response) { ticket.finish(std::move(response)); });
    return ticket.wait().value();
  }
  json::object yes(std::string method, std::string path, std::string body = "") {
    http::Response const response = ask(std::move(method), path, std::move(body));
    EXPECT_LT(response.status, 300U) << path << ": " << response.body;
    return json::parse(response.body).as_object();
  }
  // The status and the sentence.
  std::pair<unsigned, std::string> no(std::string method, std::string path, std::string body = "") {
    http::Response const response = ask(std::move(method), std::move(path), std::move(body));
    return {response.status, std::string(std::string_view(json::parse(response.body).at("error").as_string()))};
  }
  void add_account(char const* address) {
    yes("POST", "/accounts", std::string(R"({"password": "x", "address": ")") + address + "\"}");
  }

  static void hash(Secret password, std::move_only_function<void(Result<std::string>)> done) {
    done("{X}" + std::string(password.view()));
  }

  // "old" is everybody's password, an app password if it comes from 192.0.2.7.
  static void check(auth::Attempt attempt, auth::Authenticator::Callback done) {
    mime::Address const address = mime::Address::parse(attempt.user).value();
    if (attempt.password.view() == "later") return done(auth::TryLater{});
    if (attempt.password.view() != "old" || attempt.service != "web") return done(auth::Refused{});
    done(auth::LoggedIn{directory::AccountId(1), address, attempt.peer == "192.0.2.7" ? "phone" : ""});
  }

  store::TestWorld world;
  directory::Directory directory{world.engine, world.changer, world.clock};
  directory::AppPasswords app_passwords{world.engine, world.changer, world.clock};
  SeededRandom random{1};
  journal::Journal journal{
      journal::Journal::Services{world.engine, world.changer, world.committer, world.ids, world.clock}};
  InlineExecutor pool;
  int purges = 0;
  FakeRuntime runtime;
  Api api;
};

using Refusal = std::pair<unsigned, std::string>;

TEST_F(ApiTest, paths_and_methods) {
  EXPECT_EQ(no("GET", "/nowhere").first, 404U);
  EXPECT_EQ(no("PUT", "/domains").first, 405U);
  EXPECT_EQ(no("POST", "/domains", "{").first, 400U);
  EXPECT_EQ(no("POST", "/domains", R"({"nam": "a.test"})"),
            (Refusal{400, "unknown member \"nam\"; known are: name, alias_of"}));
}

TEST_F(ApiTest, domains) {
  EXPECT_EQ(yes("POST", "/domains", R"({"name": "Example.test"})").at("name"), "example.test");
  EXPECT_EQ(no("POST", "/domains", R"({"name": "example.test"})").first, 409U);
  yes("POST", "/domains", R"({"name": "b.test", "alias_of": "example.test"})");
  add_account("hanako@example.test");
  yes("PATCH", "/domains/example.test",
      R"({"admin": "hanako@example.test", "catch_all": "x@elsewhere.test", "quota_bytes": 5})");
  json::object const domain = yes("GET", "/domains/example.test");
  EXPECT_EQ(domain.at("admin"), "hanako@example.test");
  EXPECT_EQ(domain.at("catch_all"), "x@elsewhere.test");
  EXPECT_EQ(domain.at("quota_bytes"), 5);
  EXPECT_EQ(yes("PATCH", "/domains/example.test", R"({"catch_all": null})").at("catch_all"), nullptr);
  EXPECT_EQ(yes("GET", "/domains").at("domains").as_array().size(), 2U);
  EXPECT_EQ(no("GET", "/domains/exmaple.test"),
            (Refusal{404, "no such domain: exmaple.test; did you mean example.test?"}));
  EXPECT_EQ(no("DELETE", "/domains/example.test").first, 409U);
  yes("DELETE", "/domains/b.test");
}

TEST_F(ApiTest, accounts_and_what_is_set_for_them) {
  yes("POST", "/domains", R"({"name": "a.test"})");
  add_account("hanako@a.test");
  EXPECT_EQ(no("POST", "/accounts", R"({"password": "x", "address": "taro@b.test"})").first, 404U);
  yes("PATCH", "/domains/a.test", R"({"quota_messages": 7})");
  yes("PATCH", "/accounts/hanako@a.test",
      R"({"name": "花子", "services": ["imaps"], "networks": ["192.0.2.0/24"], "quota_bytes": 1000})");
  json::object const account = yes("GET", "/accounts/HANAKO%40a.test");
  EXPECT_EQ(account.at("name"), "花子");
  EXPECT_EQ(account.at("services"), (json::array{"imap"}));
  EXPECT_EQ(account.at("networks"), (json::array{"192.0.2.0/24"}));
  EXPECT_EQ(account.at("quota_messages"), nullptr);
  EXPECT_EQ(account.at("limit_messages"), 7);
  EXPECT_EQ(account.at("limit_bytes"), 1000);
  EXPECT_EQ(account.at("used_messages"), 0);
  EXPECT_EQ(yes("PATCH", "/accounts/hanako@a.test", R"({"quota_bytes": null})").at("quota_bytes"), nullptr);
  EXPECT_EQ(no("PATCH", "/accounts/hanako@a.test", R"({"quota_bytes": -1})").first, 400U);
  EXPECT_EQ(no("PATCH", "/accounts/hanko@a.test", R"({"name": "x"})"),
            (Refusal{404, "no such account: hanko@a.test; did you mean hanako@a.test?"}));
  yes("PUT", "/accounts/hanako@a.test/password", R"({"password": "new"})");
  EXPECT_EQ(directory.find_account(mime::Address::parse("hanako@a.test").value()).value()->password, "{X}new");
  EXPECT_EQ(yes("GET", "/accounts").at("accounts").as_array().size(), 1U);
}

TEST_F(ApiTest, removal_and_restoring) {
  yes("POST", "/domains", R"({"name": "a.test"})");
  add_account("hanako@a.test");
  EXPECT_EQ(yes("DELETE", "/accounts/hanako@a.test", R"({"grace_days": 2})").at("purge_after"), "2023-11-16T22:13:20Z");
  EXPECT_EQ(yes("GET", "/accounts").at("accounts").as_array().size(), 0U);
  EXPECT_EQ(yes("GET", "/removed-accounts").at("accounts").as_array().size(), 1U);
  EXPECT_EQ(yes("POST", "/accounts/hanako@a.test/restore").at("address"), "hanako@a.test");
  EXPECT_EQ(purges, 0);
  yes("DELETE", "/accounts/hanako@a.test", R"({"now": true})");
  EXPECT_EQ(purges, 1);
  EXPECT_EQ(no("POST", "/accounts/hanako@a.test/restore").first, 409U);
  EXPECT_EQ(no("DELETE", "/accounts/hanako@a.test").first, 404U);
}

TEST_F(ApiTest, aliases) {
  yes("POST", "/domains", R"({"name": "a.test"})");
  yes("POST", "/aliases", R"({"address": "info@a.test", "targets": ["x@b.test", "y@b.test"]})");
  EXPECT_EQ(yes("GET", "/aliases/info@a.test").at("targets"), (json::array{"x@b.test", "y@b.test"}));
  yes("PUT", "/aliases/info@a.test", R"({"targets": ["z@b.test"]})");
  EXPECT_EQ(yes("GET", "/aliases").at("aliases").as_array().size(), 1U);
  EXPECT_EQ(no("PUT", "/aliases/info@a.test", R"({"targets": []})"), (Refusal{400, "targets is missing"}));
  EXPECT_EQ(no("PUT", "/aliases/info@a.test", R"({"targets": ["info@a.test"]})"),
            (Refusal{409, "info@a.test would lead back to itself: info@a.test > info@a.test"}));
  yes("DELETE", "/aliases/info@a.test");
  EXPECT_EQ(no("GET", "/aliases/info@a.test").first, 404U);
}

TEST_F(ApiTest, verification_and_repair) {
  world.create_account(store::AccountId(1));
  world.append(store::AccountId(1), store::MailboxId(1), world.message("body")).value();
  json::object const sound = yes("POST", "/store/verify", "{}");
  EXPECT_EQ(sound.at("findings").as_array().size(), 0U);
  EXPECT_EQ(sound.at("bytes"), 4);
  EXPECT_EQ(sound.at("position"), "");
  EXPECT_EQ(yes("GET", "/store").at("messages"), 1);
  EXPECT_EQ(yes("POST", "/store/repair", R"({"account": 1})").at("repaired").as_array().size(), 0U);
  EXPECT_EQ(no("POST", "/store/repair", R"({"account": 1, "references": ["xx"]})").first, 400U);
  EXPECT_EQ(no("POST", "/store/verify", R"({"position": "q00"})").first, 400U);
}

TEST_F(ApiTest, ACertificateThatIsNearlyOverIsAnAlarm) {
  runtime.current.certificates = {{"near.pem", {}, world.clock.now() + std::chrono::days(13)},
                                  {"far.pem", {}, world.clock.now() + std::chrono::days(15)}};
  json::object const status = yes("GET", "/status");
  json::array const& certificates = status.at("certificates").as_array();
  EXPECT_EQ(certificates.at(0).at("days_left").as_int64(), 13);
  EXPECT_TRUE(certificates.at(0).at("alarm").as_bool());
  EXPECT_FALSE(certificates.at(1).at("alarm").as_bool());
}

TEST_F(ApiTest, AReloadSaysEverythingThatIsWrong) {
  runtime.reloaded.problems = {"f:1: one thing", "f:2: another"};
  auto const [status, error] = no("POST", "/reload");
  EXPECT_EQ(status, 422U);
  EXPECT_TRUE(error.starts_with("f:1: one thing\nf:2: another\n")) << error;
}

TEST_F(ApiTest, a_password_is_changed_by_who_knows_the_old_one) {
  yes("POST", "/domains", R"({"name": "a.test"})");
  add_account("hanako@a.test");
  std::string const path = "/accounts/hanako@a.test/password";
  auto stored = [&] { return directory.find_account(mime::Address::parse("hanako@a.test").value()).value()->password; };
  EXPECT_EQ(no("PUT", path, R"({"password": "new", "old_password": "falsch"})"),
            (Refusal{403, "the old password is wrong"}));
  EXPECT_EQ(no("PUT", path, R"({"password": "new", "old_password": "later"})").first, 503U);
  EXPECT_EQ(no("PUT", path, R"({"password": "new", "old_password": "old", "peer": "somewhere"})").first, 400U);
  // Who stole a telephone must not take the account.
  EXPECT_EQ(no("PUT", path, R"({"password": "new", "old_password": "old", "peer": "192.0.2.7"})").first, 403U);
  EXPECT_EQ(stored(), "{X}x");
  yes("PUT", path, R"({"password": "new", "old_password": "old", "peer": "192.0.2.8"})");
  EXPECT_EQ(stored(), "{X}new");
}

TEST_F(ApiTest, app_passwords) {
  yes("POST", "/domains", R"({"name": "a.test"})");
  add_account("hanako@a.test");
  std::string const path = "/accounts/hanako@a.test/app-passwords";
  json::object const added =
      yes("POST", path, R"({"name": "Fax", "services": ["smtp"], "networks": ["192.0.2.0/24"]})");
  EXPECT_EQ(added.at("password").as_string().size(), 23U);
  EXPECT_EQ(added.at("services"), json::array{"smtp"});
  EXPECT_EQ(no("POST", path, R"({"name": "Fax"})").first, 409U);
  EXPECT_EQ(no("POST", path, R"({"services": []})"), (Refusal{400, "name is missing"}));
  EXPECT_EQ(no("POST", "/accounts/hanak@a.test/app-passwords", R"({"name": "x"})"),
            (Refusal{404, "no such account: hanak@a.test; did you mean hanako@a.test?"}));

  json::object const listed = yes("GET", path).at("app_passwords").as_array().at(0).as_object();
  EXPECT_FALSE(listed.contains("password"));
  EXPECT_EQ(listed.at("name"), "Fax");
  EXPECT_TRUE(listed.at("last_used").is_null());

  EXPECT_EQ(no("DELETE", path, R"({"name": "fax"})"),
            (Refusal{404, "the account has no app password of this name: fax"}));
  yes("DELETE", path, R"({"name": "Fax"})");
  EXPECT_TRUE(yes("GET", path).at("app_passwords").as_array().empty());
}

}  // namespace
}  // namespace yubin::api
