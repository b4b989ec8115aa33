#include "auth/authenticator.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <latch>
#include <optional>
#include <thread>

#include "auth/app_password.h"
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
    authenticator = Authenticator::make({*directory, directory.app_passwords(), directory.known_logins(),
                                         inline_executor, pool, directory.clock(), random},
                                        Secret(key), options)
                        .value();
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
  HashingPool pool{{.threads = 1, .queue = {.known = {.all = 100, .per_network = 50}, .unknown = {100, 20}}}};
  std::string key = std::string(Authenticator::kKey, 'k');
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

constexpr TryLater kHeldUp{{}, TryLater::Why::guessing};

struct Guessing : AuthenticatorTest {
  Guessing() { start({.scheme = Scheme::ssha256_fast, .guesses = {.network = 3}}); }
  LoginResult guess(std::string peer, std::string_view password) {
    std::optional<LoginResult> result;
    submit("hanako@example.test", password, std::move(peer), [&](LoginResult answer) { result = std::move(answer); });
    wait_for_answers();
    return std::move(*result);
  }
  static std::uint32_t failures(LoginResult const& result) {
    if (auto const* later = std::get_if<TryLater>(&result)) return later->failures.of_network;
    return std::get<Refused>(result).failures.of_network;
  }
};

TEST_F(Guessing, is_made_to_wait_and_counted) {
  for (std::uint32_t i = 1; i <= 4; ++i) {
    LoginResult const result = guess("198.51.100.7", "guess" + std::to_string(i));
    EXPECT_EQ(result, LoginResult(Refused{}));
    EXPECT_EQ(failures(result), i);
  }
  LoginResult const result = guess("198.51.100.8", kPassword);  // the right one is not looked at either
  EXPECT_EQ(result, LoginResult(kHeldUp));
  EXPECT_EQ(failures(result), 5);
  EXPECT_TRUE(good(guess("192.0.2.1", kPassword)));
  directory.clock().advance(1s);
  EXPECT_TRUE(good(guess("198.51.100.8", kPassword)));
}

TEST_F(Guessing, does_not_make_a_remembered_password_wait) {
  EXPECT_TRUE(good(guess("198.51.100.7", kPassword)));
  for (int i = 0; i < 60; ++i) guess("198.51.100.7", "guess" + std::to_string(i));
  EXPECT_EQ(guess("198.51.100.7", "another"), LoginResult(kHeldUp));
  EXPECT_TRUE(good(guess("198.51.100.7", kPassword)));
}

TEST_F(Guessing, the_same_wrong_password_counts_once_and_costs_nothing) {
  EXPECT_EQ(guess("198.51.100.7", "old"), LoginResult(Refused{}));
  bool early = false;
  while_busy([&] {
    for (int i = 0; i < 50; ++i)
      submit("hanako@example.test", "old", "198.51.100.7",
             [](LoginResult answer) { EXPECT_EQ(answer, LoginResult(Refused{})); });
    early = under_way == 0;
  });
  EXPECT_TRUE(early);
  EXPECT_TRUE(good(guess("198.51.100.7", kPassword)));
}

TEST_F(Guessing, the_same_wrong_password_several_times_at_once_is_one_guess) {
  while_busy([&] {
    for (int i = 0; i < 10; ++i)
      submit("hanako@example.test", "old", "198.51.100.7",
             [](LoginResult answer) { EXPECT_EQ(answer, LoginResult(Refused{})); });
  });
  EXPECT_TRUE(good(guess("198.51.100.7", kPassword)));
}

TEST_F(Guessing, is_limited_also_in_what_waits_already) {
  int looked_at = 0;
  while_busy([&] {
    for (int i = 0; i < 10; ++i)
      submit("hanako@example.test", "guess" + std::to_string(i), "198.51.100.7",
             [&](LoginResult answer) { looked_at += answer == LoginResult(Refused{}) ? 1 : 0; });
  });
  EXPECT_EQ(looked_at, 4);
}

TEST_F(Guessing, beside_a_user_at_home_does_not_make_the_neighbours_wait) {
  add("taro@example.test", hash_password(kPassword, Scheme::ssha256_fast, random).value());
  EXPECT_TRUE(good(guess("198.51.100.7", kPassword)));
  for (int i = 0; i < 9; ++i) guess("198.51.100.7", "guess" + std::to_string(i));
  EXPECT_EQ(guess("198.51.100.7", "another"), LoginResult(kHeldUp));
  std::optional<LoginResult> result;
  submit("taro@example.test", kPassword, "198.51.100.7", [&](LoginResult answer) { result = std::move(answer); });
  wait_for_answers();
  EXPECT_TRUE(good(*result));
}

TEST_F(Guessing, an_old_password_that_becomes_right_is_right) {
  EXPECT_EQ(guess("198.51.100.7", "neu"), LoginResult(Refused{}));
  std::string const neu = hash_password("neu", Scheme::ssha256_fast, random).value();
  ASSERT_TRUE(directory->set_password(kit::address("hanako@example.test"), neu).wait());
  EXPECT_TRUE(good(guess("198.51.100.7", "neu")));
}

TEST_F(Guessing, on_this_machine_waits_only_if_told_so) {
  for (int i = 0; i < 9; ++i) EXPECT_EQ(guess("127.0.0.1", "guess" + std::to_string(i)), LoginResult(Refused{}));
  start({.scheme = Scheme::ssha256_fast, .limit_loopback = true, .guesses = {.network = 3}});
  for (int i = 0; i < 4; ++i) guess("::1", "guess" + std::to_string(i));
  EXPECT_EQ(guess("::1", kPassword), LoginResult(kHeldUp));
}

struct WithAppPassword : AuthenticatorTest {
  WithAppPassword() {
    start({.scheme = Scheme::ssha256_fast, .guesses = {.network = 2}});
    directory::AppPassword password;
    password.name = "fax";
    password.services = directory::LoginServices(1);
    std::string digest = app_password_digest(account().id, kSecret).value();
    EXPECT_TRUE(directory.app_passwords().add(account().address, std::move(digest), std::move(password)).wait());
  }
  directory::Account account() { return directory->find_account(kit::address("nologin@example.test")).value().value(); }
  LoginResult try_it(std::string_view password, std::string service, std::string user = "nologin@example.test") {
    std::optional<LoginResult> result;
    ++under_way;
    Attempt attempt{.user = std::move(user),
                    .password = Secret(std::string(password)),
                    .peer = "198.51.100.7",
                    .authzid = {},
                    .service = std::move(service)};
    authenticator->login(std::move(attempt), [&](LoginResult answer) {
      result = std::move(answer);
      --under_way;
      under_way.notify_all();
    });
    wait_for_answers();
    return std::move(*result);
  }
  static constexpr std::string_view kSecret = "abcde-fghij-kmnpq-rstuv";
};

TEST_F(WithAppPassword, an_account_needs_no_other) {
  EXPECT_EQ(try_it(kSecret, "submission"), LoginResult(LoggedIn{account().id, account().address, "fax"}));
  EXPECT_EQ(try_it("ABCDEFGHIJKMNPQRSTUV", "submissions"),
            LoginResult(LoggedIn{account().id, account().address, "fax"}));
  EXPECT_EQ(try_it("abcde-fghij-kmnpq-rstu2", "submission"), LoginResult(Refused{}));
  EXPECT_EQ(try_it("", "submission"), LoginResult(Refused{}));
  EXPECT_EQ(try_it(kSecret, "submission", "hanako@example.test"), LoginResult(Refused{}));
}

TEST_F(WithAppPassword, only_what_it_is_good_for_is_open) {
  EXPECT_EQ(try_it(kSecret, "imaps"), LoginResult(Refused{{}, Refused::Why::not_allowed}));
}

TEST_F(WithAppPassword, nobody_waits_for_a_guesser) {
  for (int i = 0; i < 3; ++i) try_it("guess" + std::to_string(i), "submission");
  EXPECT_EQ(try_it("guess", "submission"), LoginResult(kHeldUp));
  EXPECT_TRUE(good(try_it(kSecret, "submission")));
}

TEST_F(WithAppPassword, it_is_over_when_that_is_removed) {
  EXPECT_TRUE(good(try_it(kSecret, "submission")));
  ASSERT_TRUE(directory.app_passwords().remove(account().address, "fax").wait());
  EXPECT_EQ(try_it(kSecret, "submission"), LoginResult(Refused{}));
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

// The client's side stands in sasl_scram_test.cpp; here it is what the server says to whom.
struct ScramExchange : Exchange {
  std::string first(std::string const& user) {
    auto const result = step("SCRAM-SHA-256", "n,,n=" + user + ",r=abc");
    auto const* challenge = std::get_if<SaslChallenge>(&result);
    return challenge ? challenge->bytes.substr(challenge->bytes.find(",s=")) : "";
  }
};

TEST_F(ScramExchange, uses_the_keys_of_the_account) {
  ScramKeys const keys = ScramKeys::make("SHA256", kPassword, "0123456789abcdef", 4096).value();
  add("taro@example.test", "{SCRAM-SHA-256}" + keys.text());
  EXPECT_EQ(first("Taro@example.test"), ",s=MDEyMzQ1Njc4OWFiY2RlZg==,i=4096");
  EXPECT_EQ(exchange->user(), "Taro@example.test");
}

TEST_F(ScramExchange, tells_not_who_exists) {
  std::string const nobody = first("nobody@example.test");
  EXPECT_TRUE(nobody.ends_with(",i=16384"));
  EXPECT_EQ(first("NOBODY@example.test"), nobody);
  EXPECT_NE(first("nobody2@example.test"), nobody);
  EXPECT_EQ(first("hanako@example.test").size(), nobody.size());  // has no keys
  exchange.reset();
  start({.scheme = Scheme::ssha256_fast});
  exchange = std::make_unique<SaslExchange>(*authenticator, "192.0.2.1");
  EXPECT_EQ(first("nobody@example.test"), nobody);  // after a restart too
}

TEST_F(ScramExchange, refuses_a_wrong_proof_and_lets_guessers_wait) {
  exchange.reset();
  start({.scheme = Scheme::ssha256_fast, .guesses = {.network = 2}});
  exchange = std::make_unique<SaslExchange>(*authenticator, "192.0.2.1");
  for (int i = 0; i < 3; ++i) {
    auto const challenge = std::get<SaslChallenge>(step("SCRAM-SHA-256", "n,,n=nobody@example.test,r=abc"));
    std::string const nonce = challenge.bytes.substr(0, challenge.bytes.find(','));
    EXPECT_TRUE(is<Refused>(step("", "c=biws," + nonce + ",p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")));
  }
  EXPECT_TRUE(is<TryLater>(step("SCRAM-SHA-256", "n,,n=hanako@example.test,r=abc")));
}

TEST_F(ScramExchange, begun_before_the_wait_has_to_wait_too) {
  exchange.reset();
  start({.scheme = Scheme::ssha256_fast, .guesses = {.network = 1}});
  exchange = std::make_unique<SaslExchange>(*authenticator, "192.0.2.1");
  auto const challenge = std::get<SaslChallenge>(step("SCRAM-SHA-256", "n,,n=nobody@example.test,r=abc"));
  for (std::string_view password : {"a", "b"})
    EXPECT_EQ(login("hanako@example.test", password), LoginResult(Refused{}));
  std::string const nonce = challenge.bytes.substr(0, challenge.bytes.find(','));
  EXPECT_TRUE(is<TryLater>(step("", "c=biws," + nonce + ",p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")));
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

// What is known of logins is in the rows, under the same key or another.
struct Restarted : Remembering {
  static std::string user(int i) { return "user" + std::to_string(i) + "@example.test"; }
  Restarted() {
    std::string const hash = hash_password(kPassword, Scheme::ssha256_fast, random).value();
    for (int i = 0; i < kUsers; ++i) add(user(i), hash);
    for (int i = 0; i < kUsers; ++i) EXPECT_TRUE(good(login(user(i), kPassword)));
    submit("hanako@example.test", kPassword, "198.51.100.7", [](LoginResult) {});
    wait_for_answers();
  }
  void restart() {
    authenticator.reset();
    directory.reopen();
    start({.scheme = Scheme::ssha256_fast, .guesses = {.network = 2}});
  }
  static constexpr int kUsers = 30;  // more than may wait of a network that is not known
};

TEST_F(Restarted, hashes_no_password_that_was_right) {
  restart();
  int welcome = 0;
  int early = 0;
  while_busy([&] {
    for (int i = 0; i < kUsers; ++i)
      submit(user(i), kPassword, "192.0.2.1", [&](LoginResult answer) { welcome += good(answer) ? 1 : 0; });
    early = welcome;
  });
  EXPECT_EQ(early, kUsers);
}

TEST_F(Restarted, with_another_key_remembers_no_password_but_knows_the_network) {
  key = std::string(Authenticator::kKey, 'n');
  restart();
  int welcome = 0;
  int early = 0;
  while_busy([&] {
    for (int i = 0; i < kUsers; ++i)
      submit(user(i), kPassword, "192.0.2.1", [&](LoginResult answer) { welcome += good(answer) ? 1 : 0; });
    early = welcome;
  });
  EXPECT_EQ(early, 0);
  EXPECT_EQ(welcome, kUsers);
}

TEST_F(Restarted, knows_the_users_at_home) {
  restart();
  // An unknown network would have to wait after two of these.
  for (int i = 0; i < 9; ++i) (void)login(user(1), "guess" + std::to_string(i));
  EXPECT_TRUE(good(login(user(2), kPassword)));
}

TEST_F(Restarted, remembers_no_longer_than_before) {
  directory.clock().advance(23h);
  restart();
  EXPECT_TRUE(is_remembered(kPassword));
  directory.clock().advance(2h);
  EXPECT_FALSE(is_remembered(kPassword));
  restart();
  EXPECT_TRUE(is_remembered(kPassword));
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
