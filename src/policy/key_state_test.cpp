#include "policy/key_state.h"

#include <gtest/gtest.h>

#include "policy/dkim_sign.h"

namespace yubin::policy {
namespace {

using State = SigningKeyRow::State;
using Kind = SigningKeyRow::Kind;
using Keys = std::vector<SigningKeyRow>;

constexpr std::int64_t kNow = 1'790'000'000;  // 2026
constexpr std::int64_t kDay = 86400;

SigningKeyRow row(std::string selector, State state = State::waiting, Kind kind = Kind::ed25519) {
  SigningKeyRow key{.domain = mime::Domain::parse("one.test").value(), .selector = std::move(selector), .kind = kind};
  key.state = state;
  key.created = key.since = kNow - kDay;
  key.public_part = "public part of " + key.selector;
  key.private_part = "sealed";
  return key;
}

Answer text(std::vector<std::string> const& records) {
  Answer answer{.existence = records.empty() ? Existence::no_name : Existence::found, .records = {}};
  for (std::string const& record : records) answer.records.emplace_back(Txt{record});
  return answer;
}

std::vector<State> states(Keys const& keys) {
  std::vector<State> out;
  for (SigningKeyRow const& key : keys) out.push_back(key.state);
  return out;
}

TEST(KeyState, selectors_are_never_used_again) {
  EXPECT_EQ(next_selector({}, kNow), "y2026a");
  EXPECT_EQ(next_selector({row("y2025c-rsa")}, kNow), "y2026a");
  EXPECT_EQ(next_selector({row("y2026b-rsa", State::revoked), row("y2026a-ed")}, kNow), "y2026c");
  EXPECT_EQ(next_selector({row("y2026z-rsa"), row("y2026b-rsa")}, kNow), "y2026aa");
  EXPECT_EQ(next_selector({row("y2026az-rsa")}, kNow), "y2026ba");
}

TEST(KeyState, only_the_very_record_is_good) {
  using Sight = Sighting::Kind;
  SigningKeyRow const key = row("s");
  KeyRecord const record = record_of(key);
  EXPECT_EQ(record.name, "s._domainkey.one.test");
  EXPECT_EQ(sighting_of(key, text({record.text})).kind, Sight::good);
  EXPECT_EQ(sighting_of(key, text({record.text + "; t=s; s=email; h=sha256"})).kind, Sight::good);
  for (std::vector<std::string> const& wrong :
       std::vector<std::vector<std::string>>{{},
                                             {"v=spf1 -all"},
                                             {key_record(KeyType::ed25519, "another")},
                                             {key_record(KeyType::rsa, key.public_part)},
                                             {key_record(KeyType::ed25519, "")},
                                             {record.text, record.text},
                                             {record.text + "; h=sha1"},
                                             {record.text + "; s=other"}}) {
    Sighting const seen = sighting_of(key, text(wrong));
    EXPECT_EQ(seen.kind, Sight::bad);
    EXPECT_FALSE(seen.words.empty());
  }
  EXPECT_EQ(sighting_of(key, {.existence = Existence::temporary, .records = {}}).kind, Sight::unknown);
  EXPECT_EQ(sighting_of(key, {.existence = Existence::bogus, .records = {}}).kind, Sight::unknown);
}

TEST(KeyState, a_revoked_key_may_be_gone_or_empty) {
  SigningKeyRow key = row("s");
  std::string const published = record_of(key).text;
  key.state = State::revoked;
  EXPECT_EQ(record_of(key).text, "v=DKIM1; k=ed25519; p=");
  EXPECT_EQ(sighting_of(key, text({})).kind, Sighting::Kind::good);
  EXPECT_EQ(sighting_of(key, text({record_of(key).text})).kind, Sighting::Kind::good);
  EXPECT_EQ(sighting_of(key, text({published})).kind, Sighting::Kind::bad);
}

TEST(KeyState, what_is_seen_signs_and_what_was_before_it_retires) {
  Keys keys{row("a-ed", State::active), row("a-rsa", State::active, Kind::rsa), row("b-ed"),
            row("b-rsa", State::waiting, Kind::rsa)};
  apply({{"b-ed", Sighting::Kind::good, ""}, {"b-rsa", Sighting::Kind::bad, "none"}}, keys, kNow);
  EXPECT_EQ(states(keys), (std::vector{State::retired, State::active, State::active, State::waiting}));
  EXPECT_EQ(keys[0].since, kNow);
  EXPECT_EQ(keys[3].found, "none");
  EXPECT_EQ(keys[3].checked, kNow);
}

TEST(KeyState, a_key_whose_record_is_gone_signs_no_more) {
  Keys keys{row("a-ed", State::active)};
  apply({{"a-ed", Sighting::Kind::unknown, "timeout"}}, keys, kNow);
  EXPECT_EQ(keys, (Keys{row("a-ed", State::active)}));
  apply({{"a-ed", Sighting::Kind::bad, "there is no such record"}}, keys, kNow);
  EXPECT_EQ(states(keys), std::vector{State::waiting});
  apply({{"a-ed", Sighting::Kind::good, ""}}, keys, kNow + 1);
  EXPECT_EQ(states(keys), std::vector{State::active});
  EXPECT_EQ(keys[0].found, "");
}

// A name server that lags behind the others does not know the new record yet.
TEST(KeyState, when_a_new_record_is_gone_the_one_before_signs_again) {
  Keys keys{row("a-ed", State::active), row("a-rsa", State::active, Kind::rsa), row("b-ed")};
  apply({{"a-ed", Sighting::Kind::good, ""}, {"b-ed", Sighting::Kind::good, ""}}, keys, kNow);
  EXPECT_EQ(states(keys), (std::vector{State::retired, State::active, State::active}));
  apply({{"b-ed", Sighting::Kind::bad, "there is no such record"}}, keys, kNow + 1);
  EXPECT_EQ(states(keys), (std::vector{State::active, State::active, State::waiting}));
  apply({{"b-ed", Sighting::Kind::good, ""}}, keys, kNow + 2);
  EXPECT_EQ(states(keys), (std::vector{State::retired, State::active, State::active}));
  // Not one that cannot be opened, or whose record is gone too.
  apply({{"b-ed", Sighting::Kind::bad, "there is no such record"}}, keys, kNow + 3, {"a-ed"});
  EXPECT_EQ(states(keys), (std::vector{State::retired, State::active, State::waiting}));
  apply({{"a-ed", Sighting::Kind::bad, "there is no such record"}}, keys, kNow + 4);
  EXPECT_EQ(states(keys), (std::vector{State::retired, State::active, State::waiting}));
}

TEST(KeyState, old_keys_are_revoked_after_the_grace_and_forgotten_when_nobody_has_them) {
  KeyAges const ages{.grace = 14 * kDay};
  Keys keys{row("a-ed", State::retired), row("b-ed", State::active)};
  std::int64_t const since = keys[0].since;
  grow_old(ages, keys, since + 14 * kDay - 1);
  EXPECT_EQ(keys[0].state, State::retired);
  grow_old(ages, keys, since + 14 * kDay);
  EXPECT_EQ(states(keys), (std::vector{State::revoked, State::active}));
  EXPECT_EQ(keys[0].private_part, "");
  std::int64_t const long_after = since + 200 * kDay;
  apply({{"a-ed", Sighting::Kind::bad, "still there"}}, keys, long_after);
  grow_old(ages, keys, long_after);
  EXPECT_EQ(keys.size(), 2u);
  apply({{"a-ed", Sighting::Kind::good, ""}}, keys, long_after);
  grow_old(ages, keys, long_after);
  EXPECT_EQ(states(keys), std::vector{State::active});
}

TEST(KeyState, a_new_key_is_looked_for_often) {
  SigningKeyRow key = row("s");
  EXPECT_LE(next_look(key, kNow), kNow);
  key.since = key.checked = kNow;
  EXPECT_EQ(next_look(key, kNow), kNow + 60);
  key.since = kNow - 2 * kDay;
  EXPECT_EQ(next_look(key, kNow), kNow + 3600);
  key.state = State::active;
  EXPECT_EQ(next_look(key, kNow), kNow + 6 * 3600);
}

}  // namespace
}  // namespace yubin::policy
