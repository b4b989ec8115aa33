#include "policy/key_state.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "policy/dkim_key.h"
#include "policy/dkim_sign.h"
#include "policy/signature_key.h"

namespace yubin::policy {

namespace {

using State = SigningKeyRow::State;

constexpr std::int64_t kMinute = 60;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;

// "a" … "z", "aa" …: shorter ones come first.
bool is_before(std::string_view a, std::string_view b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

std::string after(std::string letters) {
  for (std::size_t i = letters.size(); i-- > 0;) {
    if (letters[i] != 'z') {
      ++letters[i];
      return letters;
    }
    letters[i] = 'a';
  }
  return "a" + letters;
}

// Why the record is not that of the key; empty: it is.
std::string difference(SigningKeyRow const& key, std::string const& text) {
  Result<DkimKey> const record = parse_dkim_key(text);
  if (!record) return "the record cannot be used: " + record.error().detail;
  if (record->bytes.empty()) return "the record says that the key is revoked";
  if (record->type != type_of(key.kind) || record->bytes != key.public_part) return "the record has another key";
  bool const sha256 = !record->hashes || std::ranges::find(*record->hashes, "sha256") != record->hashes->end();
  if (!record->for_mail || !sha256) return "the record does not let the key sign mail (s= or h=)";
  return "";
}

std::string trouble_of(SigningKeyRow const& key, std::vector<Txt> const& records) {
  if (key.state == State::revoked) {
    bool const there = std::ranges::any_of(records, [&](Txt const& one) { return difference(key, one.text).empty(); });
    return there ? "the record still has the key, which was revoked" : "";
  }
  if (records.empty()) return "there is no such record";
  // RFC 6376 section 3.6.2.2: what several mean, nobody knows.
  if (records.size() > 1) return fmt::format("there are {} records", records.size());
  return difference(key, records.front().text);
}

void enter(SigningKeyRow& key, State state, std::int64_t now) {
  key.state = state;
  key.since = now;
}

// Who is without an active key of a kind takes back the one that retired last, if its record was there at the last
// look.
void take_back(SigningKeyRow::Kind kind, std::vector<SigningKeyRow>& keys, std::int64_t now,
               std::set<std::string> const& lost) {
  SigningKeyRow* last = nullptr;
  for (SigningKeyRow& key : keys) {
    if (key.kind != kind) continue;
    if (key.state == State::active) return;
    bool const usable =
        key.state == State::retired && key.checked > 0 && key.found.empty() && !lost.contains(key.selector);
    if (usable && (last == nullptr || key.since > last->since)) last = &key;
  }
  if (last != nullptr) enter(*last, State::active, now);
}

}  // namespace

KeyType type_of(SigningKeyRow::Kind kind) {
  return kind == SigningKeyRow::Kind::rsa ? KeyType::rsa : KeyType::ed25519;
}

std::string_view to_string(State state) {
  switch (state) {
    case State::waiting:
      return "waiting";
    case State::active:
      return "active";
    case State::retired:
      return "retired";
    case State::revoked:
      return "revoked";
  }
  return "unknown";
}

std::string next_selector(std::vector<SigningKeyRow> const& keys, std::int64_t now) {
  std::string const year =
      fmt::format("y{:%Y}", fmt::gmtime(std::chrono::sys_time<std::chrono::seconds>(std::chrono::seconds(now))));
  std::string last;
  for (SigningKeyRow const& key : keys) {
    if (!key.selector.starts_with(year)) continue;
    std::string const letters = key.selector.substr(year.size(), key.selector.find('-') - year.size());
    if (is_before(last, letters)) last = letters;
  }
  return year + (last.empty() ? "a" : after(last));
}

KeyRecord record_of(SigningKeyRow const& key) {
  bool const revoked = key.state == State::revoked;
  return {key_question(key.domain.text(), key.selector).name(),
          key_record(type_of(key.kind), revoked ? "" : key.public_part)};
}

Sighting sighting_of(SigningKeyRow const& key, Answer const& answer) {
  if (!answer.known())
    return {key.selector, Sighting::Kind::unknown,
            "the DNS gives no answer: " + std::string(to_string(answer.existence))};
  std::string words = trouble_of(key, records_of<Txt>(answer));
  Sighting::Kind const kind = words.empty() ? Sighting::Kind::good : Sighting::Kind::bad;
  return {key.selector, kind, std::move(words)};
}

void apply(std::vector<Sighting> const& sightings, std::vector<SigningKeyRow>& keys, std::int64_t now,
           std::set<std::string> const& lost) {
  for (Sighting const& sighting : sightings) {
    auto const key = std::ranges::find(keys, sighting.selector, &SigningKeyRow::selector);
    if (key == keys.end() || sighting.kind == Sighting::Kind::unknown) continue;
    key->checked = now;
    key->found = sighting.words;
    bool const good = sighting.kind == Sighting::Kind::good;
    if (key->state == State::active && !good) enter(*key, State::waiting, now);
    if (key->state != State::waiting || !good) continue;
    // Of two that wait, the newer one's turn is last, so that it stays.
    for (SigningKeyRow& other : keys) {
      if (other.kind == key->kind && other.state == State::active) enter(other, State::retired, now);
    }
    enter(*key, State::active, now);
  }
  for (SigningKeyRow::Kind const kind : {SigningKeyRow::Kind::rsa, SigningKeyRow::Kind::ed25519})
    take_back(kind, keys, now, lost);
}

void grow_old(KeyAges const& ages, std::vector<SigningKeyRow>& keys, std::int64_t now) {
  for (SigningKeyRow& key : keys) {
    if (key.state != State::retired || now < key.since + ages.grace) continue;
    enter(key, State::revoked, now);
    key.private_part.clear();
    key.checked = 0;
    key.found.clear();
  }
  std::erase_if(keys, [&](SigningKeyRow const& key) {
    bool const gone = key.checked > 0 && key.found.empty();
    return key.state == State::revoked && gone && now >= key.since + ages.remembered;
  });
}

// Who has just published a record looks at the screen; who has not for a day does something else.
std::int64_t next_look(SigningKeyRow const& key, std::int64_t now) {
  if (key.checked == 0) return now;
  if (key.state != State::waiting) return key.checked + (key.state == State::active ? 6 * kHour : kDay);
  std::int64_t const age = key.checked - key.since;
  return key.checked + (age < kHour ? kMinute : age < kDay ? 10 * kMinute : kHour);
}

}  // namespace yubin::policy
