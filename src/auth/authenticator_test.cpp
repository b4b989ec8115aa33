#include "auth/authenticator.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <latch>
#include <optional>
#include <thread>

#include "auth/sasl_exchange.h"
#include "tests/kit/memory_directory.h"

namespace yubin::auth {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

constexpr std::string_view kPassword = "geheim";

// One hashing thread, so that what it does has an order; reads run at once. A cheap scheme, unless a test is about it.
struct AuthenticatorTest : testing::Test {
  AuthenticatorTest() {
    EXPECT_TRUE(directory->add_domain(mime::Domain::parse("example.test").value()).wait());
    add("Hanako@example.test", hash_password(kPassword, Scheme::ssha256_fast, random).value());
    add("nologin@example.test", "");
    add("broken@example.test", "{NONESUCH}x");
    start({.scheme = Scheme::ssha256_fast});
  }

  void add(std::string_view address, std::string const& password) {
    EXPECT_TRUE(directory->add_account({mime::Address::parse(address).value(), password}).wait());
  }

  void start(Authenticator::Options options) {
    authenticator.reset();
    authenticator = Authenticator::make(*directory, inline_executor, pool, directory.clock(), random, options).value();
  }

  void submit(std::string user, std::string_view password, std::string peer, Authenticator::Callback done,
              std::string authzid = "") {
    ++under_way;
    authenticator->login({std::move(user), Secret(std::string(password)), std::move(peer), std::move(authzid)},
                         [this, done = std::move(done)](LoginResult answer) mutable {
                           done(std::move(answer));
                           --under_way;
                           under_way.notify_all();
                         });
  }

  void wait_for_answers() {
    for (int n = under_way; n != 0; n = under_way) under_way.wait(n);
  }

  LoginResult login(std::string user, std::string_view password, std::string authzid = "") {
    std::optional<LoginResult> result;
    submit(
        std::move(user), password, "192.0.2.1", [&](LoginResult answer) { result = std::move(answer); },
        std::move(authzid));
    wait_for_answers();
    return std::move(*result);
  }

  bool good(LoginResult const& result) { return std::holds_alternative<LoggedIn>(result); }

  // Runs `f` while the hashing thread is busy, then lets it go on and waits for what f submitted.
  template <class F>
  void while_busy(F f) {
    auto release = std::make_shared<std::latch>(1);  // shared: it may be let go of before the thread has seen it
    ASSERT_TRUE(pool.post(Network::of("busy"), Standing::known, [release] { release->wait(); }));
    f();
    release->count_down();
    wait_for_answers();
  }

  SeededRandom random{1};
  kit::MemoryDirectory directory;
  InlineExecutor inline_executor;
  HashingPool pool{{.threads = 1, .queue = {.waiting = 100, .waiting_per_network = 20}}};
  std::atomic<int> under_way = 0;  // submitted and not yet answered
  std::unique_ptr<Authenticator> authenticator;
};

TEST_F(AuthenticatorTest, the_right_password_gives_the_account) {
  auto account = directory->find_account(mime::Address::parse("hanako@example.test").value()).value().value();
  EXPECT_EQ(login("HANAKO@Example.test", kPassword), LoginResult(LoggedIn{account.id, account.address}));
}

TEST_F(AuthenticatorTest, all_that_cannot_be_right_is_refused_alike) {
  EXPECT_EQ(login("hanako@example.test", "falsch"), LoginResult(Refused{}));
  EXPECT_EQ(login("hanako@example.test", ""), LoginResult(Refused{}));
  EXPECT_EQ(login("nobody@example.test", kPassword), LoginResult(Refused{}));
  EXPECT_EQ(login("hanako@elsewhere.test", kPassword), LoginResult(Refused{}));
  EXPECT_EQ(login("hanako", kPassword), LoginResult(Refused{}));
  EXPECT_EQ(login("", kPassword), LoginResult(Refused{}));
  EXPECT_EQ(login("nologin@example.test", ""), LoginResult(Refused{}));
}

TEST_F(AuthenticatorTest, to_act_as_another_is_refused) {
  EXPECT_TRUE(good(login("hanako@example.test", kPassword, "Hanako@Example.Test")));
  EXPECT_EQ(login("hanako@example.test", kPassword, "nologin@example.test"), LoginResult(Refused{}));
}

TEST_F(AuthenticatorTest, a_stored_hash_that_cannot_be_read_is_no_wrong_password) {
  EXPECT_EQ(login("broken@example.test", kPassword), LoginResult(TryLater{}));
}

TEST_F(AuthenticatorTest, a_password_of_another_scheme_is_hashed_anew_when_it_was_right) {
  start({});
  auto stored = [&] {
    return directory->find_account(mime::Address::parse("hanako@example.test").value()).value().value().password;
  };
  // Changes of the directory are made one after another.
  auto wait_for_changes = [&] { EXPECT_TRUE(directory->set_catch_all(kit::domain("example.test"), {}).wait()); };
  std::string const before = stored();
  EXPECT_EQ(login("hanako@example.test", "falsch"), LoginResult(Refused{}));
  EXPECT_EQ(stored(), before);
  EXPECT_TRUE(good(login("hanako@example.test", kPassword)));
  wait_for_changes();
  EXPECT_TRUE(is_of(stored(), Scheme::argon2id));
  EXPECT_TRUE(scram_keys_of(stored()));
  EXPECT_EQ(verify_password(kPassword, stored()), Result<bool>(true));
  std::string const after = stored();
  EXPECT_TRUE(good(login("hanako@example.test", kPassword)));
  wait_for_changes();
  EXPECT_EQ(stored(), after);
}

struct Exchange : AuthenticatorTest {
  SaslResult step(std::string mechanism, std::optional<std::string> response) {
    AskSasl message{std::move(mechanism), {}};
    if (response) message.response.emplace(*std::move(response));
    std::promise<SaslResult> result;
    exchange->step(std::move(message), [&](SaslResult answer) { result.set_value(std::move(answer)); });
    return result.get_future().get();
  }
  template <class T>
  static bool is(SaslResult const& result) {
    return std::holds_alternative<T>(result);
  }
  std::unique_ptr<SaslExchange> exchange = std::make_unique<SaslExchange>(*authenticator, "192.0.2.1");
};

TEST_F(Exchange, ends_with_who_it_is) {
  EXPECT_TRUE(is<LoggedIn>(step("PLAIN", "\0hanako@example.test\0geheim"s)));
  EXPECT_EQ(exchange->user(), "hanako@example.test");
  EXPECT_TRUE(is<Refused>(step("PLAIN", "\0nobody@example.test\0falsch"s)));
  EXPECT_EQ(exchange->user(), "nobody@example.test");
  EXPECT_TRUE(is<Refused>(step("PLAIN", "nologin@example.test\0hanako@example.test\0geheim"s)));
  EXPECT_TRUE(is<Malformed>(step("PLAIN", "geheim")));
  EXPECT_EQ(exchange->user(), "");
}

TEST_F(Exchange, may_take_several_messages) {
  EXPECT_TRUE(is<SaslChallenge>(step("LOGIN", std::nullopt)));
  EXPECT_TRUE(is<SaslChallenge>(step("", "hanako@example.test")));
  EXPECT_TRUE(is<LoggedIn>(step("", std::string(kPassword))));
  EXPECT_TRUE(is<Malformed>(step("", std::string(kPassword))));  // it is over
}

TEST_F(Exchange, that_begins_forgets_an_unfinished_one) {
  EXPECT_TRUE(is<SaslChallenge>(step("LOGIN", "taro@example.test")));
  EXPECT_TRUE(is<SaslChallenge>(step("LOGIN", "hanako@example.test")));
  EXPECT_TRUE(is<LoggedIn>(step("", std::string(kPassword))));
}

struct Remembering : AuthenticatorTest {
  // While the only thread is busy, what is answered needed no hash.
  bool is_remembered(std::string_view password) {
    bool early = false;
    while_busy([&] {
      submit("hanako@example.test", password, "192.0.2.1", [&](LoginResult answer) { result = std::move(answer); });
      early = under_way == 0;
    });
    return early;
  }
  std::optional<LoginResult> result;
};

TEST_F(Remembering, makes_the_next_login_free) {
  EXPECT_FALSE(is_remembered(kPassword));
  EXPECT_TRUE(good(*result));
  EXPECT_TRUE(is_remembered(kPassword));
  EXPECT_TRUE(good(*result));
}

TEST_F(Remembering, ends_after_a_while) {
  start({.scheme = Scheme::ssha256_fast, .remember_check = 60s});
  ASSERT_TRUE(good(login("hanako@example.test", kPassword)));
  directory.clock().advance(61s);
  EXPECT_FALSE(is_remembered(kPassword));
}

TEST_F(Remembering, takes_no_wrong_password) {
  ASSERT_TRUE(good(login("hanako@example.test", kPassword)));
  EXPECT_FALSE(is_remembered("falsch"));
  EXPECT_EQ(result, LoginResult(Refused{}));
}

TEST_F(Remembering, ends_when_the_password_is_changed) {
  ASSERT_TRUE(good(login("hanako@example.test", kPassword)));
  std::string other = hash_password("neu", Scheme::ssha256_fast, random).value();
  ASSERT_TRUE(directory->set_password(mime::Address::parse("hanako@example.test").value(), other).wait());
  EXPECT_FALSE(is_remembered(kPassword));
  EXPECT_EQ(result, LoginResult(Refused{}));
}

TEST_F(Remembering, ends_when_the_account_is_removed) {
  ASSERT_TRUE(good(login("hanako@example.test", kPassword)));
  ASSERT_TRUE(directory->remove_account(mime::Address::parse("hanako@example.test").value()).wait());
  EXPECT_EQ(login("hanako@example.test", kPassword), LoginResult(Refused{}));
}

struct Flood : AuthenticatorTest {
  void attempt(std::string const& who, std::string const& peer, std::string_view password) {
    submit("hanako@example.test", password, peer, [this, who](LoginResult) { order += who; });
  }
  std::string order;
};

TEST_F(Flood, of_one_network_does_not_delay_another) {
  while_busy([&] {
    for (int i = 0; i < 10; ++i) attempt("x", "198.51.100.7", "guess");
    attempt("U", "192.0.2.1", kPassword);
  });
  EXPECT_EQ(order, "xUxxxxxxxxx");
}

TEST_F(Flood, of_many_networks_does_not_delay_a_known_one) {
  ASSERT_TRUE(good(login("hanako@example.test", kPassword)));
  while_busy([&] {
    for (int i = 0; i < 10; ++i) attempt("x", "198.51." + std::to_string(i) + ".7", "guess");
    attempt("U", "192.0.2.1", "a new password, so that nothing is remembered");
  });
  EXPECT_EQ(order, "Uxxxxxxxxxx");
}

TEST_F(Flood, that_fills_the_queue_is_told_to_try_later) {
  std::optional<LoginResult> result;
  while_busy([&] {
    for (int i = 0; i < 20; ++i) attempt("x", "198.51.100.7", "guess");
    submit("hanako@example.test", "guess", "198.51.100.7", [&](LoginResult answer) { result = std::move(answer); });
    EXPECT_EQ(result, LoginResult(TryLater{}));
  });
  EXPECT_EQ(order, std::string(20, 'x'));
}

// Its end waits for the busy thread, and whether that comes to the login before or after is open.
TEST_F(AuthenticatorTest, ends_when_what_waits_is_answered) {
  std::optional<LoginResult> result;
  auto release = std::make_shared<std::latch>(1);
  ASSERT_TRUE(pool.post(Network::of("busy"), Standing::known, [release] { release->wait(); }));
  submit("hanako@example.test", kPassword, "192.0.2.1", [&](LoginResult answer) { result = std::move(answer); });
  std::jthread end([&] { authenticator.reset(); });
  release->count_down();
  end.join();
  EXPECT_TRUE(result == LoginResult(TryLater{}) || good(result.value()));
}

TEST_F(AuthenticatorTest, hashes_new_passwords_in_its_scheme) {
  std::optional<Result<std::string>> stored;
  authenticator->hash(Secret("neu"), [&](Result<std::string> answer) { stored = std::move(answer); });
  authenticator.reset();  // waits for it
  EXPECT_TRUE(verify_password("neu", stored->value()).value());
  EXPECT_TRUE(is_of(stored->value(), Scheme::ssha256_fast));
}

TEST_F(AuthenticatorTest, argon2id_is_the_scheme_unless_told_otherwise) {
  start({});
  add("taro@example.test", hash_password(kPassword, Scheme::argon2id, random).value());
  EXPECT_TRUE(good(login("taro@example.test", kPassword)));
  EXPECT_EQ(login("taro@example.test", "falsch"), LoginResult(Refused{}));
  EXPECT_EQ(login("hanako@example.test", "falsch"), LoginResult(Refused{}));
  EXPECT_EQ(login("nobody@example.test", "falsch"), LoginResult(Refused{}));
}

}  // namespace
}  // namespace yubin::auth
