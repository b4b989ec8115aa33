#include "policy/key_ring.h"

#include <fmt/format.h>

#include <algorithm>

namespace yubin::policy {

namespace {

using State = SigningKeyRow::State;
using Kind = SigningKeyRow::Kind;
using Keys = KeyRing::Keys;

constexpr std::size_t kMostWarnings = 20;

Result<> ready(Result<Secret> const& seal_key) {
  if (!seal_key) return std::unexpected(seal_key.error());
  return {};
}

std::optional<KeySeal> seal_of(Result<Secret> seal_key, Random& random) {
  if (!seal_key) return std::nullopt;
  return std::optional<KeySeal>(std::in_place, *std::move(seal_key), random);
}

// A sealed part opens only as that of its row.
std::string place_of(SigningKeyRow const& key) {
  return key.selector + "._domainkey." + key.domain.text();
}

std::string_view ending(Kind kind) {
  return kind == Kind::rsa ? "-rsa" : "-ed";
}

std::string keys_warning(mime::Domain const& domain, Keys const& keys) {
  bool const is_signed = std::ranges::find(keys, State::active, &SigningKeyRow::state) != keys.end();
  std::string words;
  for (SigningKeyRow const& key : keys) {
    bool const wrong = key.state == State::waiting || (key.state != State::active && !key.found.empty());
    if (wrong) words += (words.empty() ? "" : ", ") + standing_of(key);
  }
  if (is_signed && words.empty()) return "";
  return fmt::format("mail of {} is {}signed (DKIM): {}; `yubin dkim show {}` prints the records", domain.text(),
                     is_signed ? "" : "not ", words.empty() ? "it has no keys yet" : words, domain.text());
}

}  // namespace

KeyRing::KeyRing(Services services, Result<Secret> seal_key, SigningOptions options)
    : services_(services),
      options_(options),
      ready_(ready(seal_key)),
      seal_(seal_of(std::move(seal_key), services.random)) {}

std::int64_t KeyRing::now() const {
  return std::chrono::floor<std::chrono::seconds>(services_.clock.now()).time_since_epoch().count();
}

kv::Ticket<Keys> KeyRing::change(mime::Domain const& domain, directory::SigningKeys::Edit edit) {
  kv::Ticket<Keys> const done = kv::Ticket<Keys>::make();
  kv::Ticket<Keys> const changed = services_.rows.change(domain, std::move(edit));
  changed.completion().on_done([cache = cache_, changed, done, name = domain.text()] {
    {
      std::lock_guard const lock(cache->mutex);
      ++cache->generation;
      cache->keys.erase(name);
    }
    done.finish(changed.take());
  });
  return done;
}

Result<SigningKeyRow> KeyRing::make(mime::Domain const& domain, std::string selector, Kind kind) const {
  TRY(PrivateKey const key, PrivateKey::make(type_of(kind)));
  SigningKeyRow row{.domain = domain, .selector = std::move(selector), .kind = kind, .created = now()};
  row.since = row.created;
  row.public_part = key.public_bytes();
  row.private_part = seal_->seal(key.der().view(), place_of(row));
  return row;
}

Result<Keys> KeyRing::make_next(mime::Domain const& domain, Keys const& before) const {
  TRY_VOID(ready_);
  std::string const base = next_selector(before, now());
  Keys made;
  for (Kind const kind : kinds_to_make(before)) {
    TRY(SigningKeyRow row, make(domain, base + std::string(ending(kind)), kind));
    made.push_back(std::move(row));
  }
  return made;
}

kv::Ticket<Keys> KeyRing::ensure(mime::Domain const& domain) {
  Result<Keys> there = of(domain);
  if (!there || !there->empty()) return kv::Ticket<Keys>::done_with(std::move(there));
  // Before the work of making keys, which anybody could have done for any name.
  Result<std::optional<directory::Domain>> const known = services_.directory.find_domain(domain);
  if (!known) return kv::Ticket<Keys>::failed(known.error());
  if (!*known) return kv::Ticket<Keys>::failed({Errc::not_found, "no such domain: " + domain.text()});
  Result<Keys> pair = make_next(domain, {});
  if (!pair) return kv::Ticket<Keys>::failed(pair.error());
  return change(domain, [pair = *std::move(pair)](Keys& keys) -> Result<> {
    if (keys.empty()) keys = pair;  // somebody else may have been first
    return {};
  });
}

Result<PrivateKey> KeyRing::open(SigningKeyRow const& key) const {
  TRY_VOID(ready_);
  Result<Secret> const der = seal_->open(key.private_part, place_of(key));
  if (!der) return fail(der.error().code, fmt::format("{}: {}", place_of(key), der.error().detail));
  return PrivateKey::parse(type_of(key.kind), der->view());
}

// Selectors of keys that nobody can open any more.
std::set<std::string> KeyRing::lost(Keys const& keys, State state) const {
  std::set<std::string> out;
  for (SigningKeyRow const& key : keys)
    if (key.state == state && !open(key)) out.insert(key.selector);
  return out;
}

// Who publishes the record of one kind only must be able to replace that key.
std::vector<Kind> KeyRing::kinds_to_make(Keys const& keys) const {
  std::vector<Kind> out;
  for (Kind const kind : {Kind::rsa, Kind::ed25519}) {
    bool const waits = std::ranges::any_of(keys, [&](SigningKeyRow const& key) {
      return key.kind == kind && key.state == State::waiting && open(key).has_value();
    });
    if (!waits) out.push_back(kind);
  }
  return out;
}

kv::Ticket<Keys> KeyRing::rotate(mime::Domain const& domain) {
  Result<Keys> const before = of(domain);
  if (!before) return kv::Ticket<Keys>::failed(before.error());
  Result<Keys> next = make_next(domain, *before);
  if (!next) return kv::Ticket<Keys>::failed(next.error());
  if (next->empty())
    return kv::Ticket<Keys>::failed(
        {Errc::conflict,
         fmt::format("the keys of {} wait for their records in the DNS; they come first", domain.text())});
  auto edit = [next = *std::move(next), gone = lost(*before, State::waiting), count = before->size()](Keys& keys) {
    if (keys.size() != count) return Result<>(fail(Errc::conflict, "the keys were changed by somebody else just now"));
    std::erase_if(keys, [&](SigningKeyRow const& key) { return gone.contains(key.selector); });
    keys.insert(keys.end(), next.begin(), next.end());
    return Result<>{};
  };
  return change(domain, std::move(edit));
}

kv::Ticket<Keys> KeyRing::note(mime::Domain const& domain, std::vector<Sighting> sightings) {
  Result<Keys> const there = of(domain);
  if (!there) return kv::Ticket<Keys>::failed(there.error());
  auto edit = [sightings = std::move(sightings), time = now(), gone = lost(*there, State::retired)](Keys& keys) {
    apply(sightings, keys, time, gone);
    return Result<>{};
  };
  return change(domain, std::move(edit));
}

Result<std::shared_ptr<OpenedKeys const>> KeyRing::active(mime::Domain const& domain) {
  std::uint64_t generation = 0;
  {
    std::lock_guard const lock(cache_->mutex);
    auto const found = cache_->keys.find(domain.text());
    if (found != cache_->keys.end()) return found->second;
    generation = cache_->generation;
  }
  TRY(Keys const keys, of(domain));
  auto opened = std::make_shared<OpenedKeys>();
  for (Kind const kind : {Kind::rsa, Kind::ed25519}) {
    for (SigningKeyRow const& key : keys) {
      if (key.kind != kind || key.state != State::active) continue;
      TRY(PrivateKey private_key, open(key));
      opened->push_back(std::make_shared<OpenedKey const>(key.selector, std::move(private_key)));
    }
  }
  std::lock_guard const lock(cache_->mutex);
  if (generation != cache_->generation) return opened;  // maybe old already
  if (cache_->keys.size() >= kMostCached) cache_->keys.clear();
  cache_->keys[domain.text()] = opened;
  return opened;
}

bool KeyRing::is_time_to_rotate(Keys const& keys) const {
  if (options_.rotate.count() == 0 || kinds_to_make(keys).empty()) return false;
  std::int64_t newest = 0;
  for (SigningKeyRow const& key : keys) newest = std::max(newest, key.created);
  return now() >= newest + options_.rotate.count();
}

Result<> KeyRing::look_after(mime::Domain const& domain) {
  TRY(Keys const keys, of(domain));
  if (keys.empty()) {
    TRY_VOID(ensure(domain).wait());
    return {};
  }
  if (is_time_to_rotate(keys)) TRY_VOID(rotate(domain).wait());
  KeyAges const ages{.grace = std::max(options_.grace, options_.lifetime).count()};
  Keys aged = keys;
  grow_old(ages, aged, now());
  if (aged == keys) return {};
  auto edit = [ages, time = now()](Keys& all) -> Result<> {
    grow_old(ages, all, time);
    return {};
  };
  TRY_VOID(change(domain, std::move(edit)).wait());
  return {};
}

Result<std::string> KeyRing::warning_of(mime::Domain const& domain) {
  TRY(Keys const keys, of(domain));
  std::string warning = keys_warning(domain, keys);
  if (!warning.empty()) return warning;
  Result<std::shared_ptr<OpenedKeys const>> const opened = active(domain);
  if (opened || opened.error().code != Errc::denied) return "";
  return fmt::format(
      "mail of {0} is not signed (DKIM): {1}; bring back the server's own signing.key, or say `yubin dkim rotate {0}`",
      domain.text(), opened.error().detail);
}

std::vector<std::string> KeyRing::warnings() {
  std::vector<std::string> out;
  if (!options_.enabled) return out;
  if (!ready_) return {"no mail is signed (DKIM): " + ready_.error().detail};
  auto const domains = services_.directory.domains();
  if (!domains) return out;
  for (directory::Domain const& domain : *domains) {
    std::string warning = warning_of(domain.name).value_or("");
    if (!warning.empty()) out.push_back(std::move(warning));
    if (out.size() == kMostWarnings) break;
  }
  return out;
}

std::string standing_of(SigningKeyRow const& key) {
  if (key.state == State::waiting)
    return fmt::format("key {} not seen in the DNS ({})", key.selector,
                       key.checked == 0 ? "not looked for yet" : key.found);
  if (!key.found.empty()) return fmt::format("key {} {}: {}", key.selector, to_string(key.state), key.found);
  return fmt::format("key {} {}", key.selector, to_string(key.state));
}

}  // namespace yubin::policy
