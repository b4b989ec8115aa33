#include "deliver/key_watch.h"

#include <algorithm>
#include <memory>

#include "deliver/policy_dns.h"
#include "dns/ask_all.h"
#include "kv/ticket.h"

namespace yubin::deliver {

namespace {

using policy::KeyRing;
using policy::Sighting;

std::vector<Sighting> sightings_of(KeyRing::Keys const& keys, std::vector<dns::Answer> const& answers) {
  std::vector<Sighting> out;
  for (std::size_t i = 0; i < keys.size(); ++i)
    out.push_back(policy::sighting_of(keys[i], from_dns(dns::RecordType::txt, answers[i])));
  return out;
}

}  // namespace

void KeyWatch::check(mime::Domain const& domain, OnChecked done) {
  Result<KeyRing::Keys> keys = services_.ring.of(domain);
  if (!keys) return done(std::unexpected(keys.error()));
  look_for(domain, *std::move(keys), std::move(done));
}

void KeyWatch::look_for(mime::Domain const& domain, KeyRing::Keys keys, OnChecked done) {
  if (services_.resolver == nullptr) return done(fail(Errc::conflict, "this server asks no DNS"));
  std::vector<dns::Question> questions;
  for (policy::SigningKeyRow const& key : keys)
    questions.push_back({dns::RecordType::txt, policy::record_of(key).name});
  {
    std::lock_guard const lock(mutex_);
    ++open_;
  }
  // The answer comes on a thread of the resolver, which has no time for the store.
  auto seen = [this, domain, keys = std::move(keys), done = std::move(done)](std::vector<dns::Answer> answers) mutable {
    auto write = [this, domain = std::move(domain), sightings = sightings_of(keys, answers),
                  done = std::move(done)]() mutable { note(domain, std::move(sightings), std::move(done)); };
    services_.pool.post(Lane::reading, std::move(write));
  };
  dns::ask_all(*services_.resolver, std::move(questions), std::move(seen));
}

void KeyWatch::note(mime::Domain const& domain, std::vector<Sighting> sightings, OnChecked done) {
  kv::Ticket<KeyRing::Keys> const noted = services_.ring.note(domain, sightings);
  noted.completion().on_done([this, noted, sightings = std::move(sightings), done = std::move(done)]() mutable {
    Result<KeyRing::Keys> result = noted.take();
    if (result) {
      done(Checked{*std::move(result), std::move(sightings)});
    } else {
      done(std::unexpected(result.error()));
    }
    std::lock_guard const lock(mutex_);
    --open_;
    changed_.notify_all();
  });
}

KeyWatch::~KeyWatch() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return open_ == 0; });
}

Result<Turn> KeyWatch::look_after_one() {
  if (round_.empty()) {
    TRY(std::vector<directory::Domain> const domains, services_.directory.domains());
    for (directory::Domain const& domain : domains) round_.push_back(domain.name);
    std::ranges::reverse(round_);
    if (round_.empty()) return Turn::done;
  }
  mime::Domain const domain = std::move(round_.back());
  round_.pop_back();
  Turn const turn = round_.empty() ? Turn::done : Turn::more;
  Result<> const looked_after = services_.ring.look_after(domain);
  // Removed meanwhile: nothing to do.
  if (!looked_after && looked_after.error().code == Errc::not_found) return turn;
  TRY_VOID(looked_after);
  TRY(KeyRing::Keys keys, services_.ring.of(domain));
  auto const now = std::chrono::floor<std::chrono::seconds>(services_.clock.now()).time_since_epoch().count();
  std::erase_if(keys, [&](policy::SigningKeyRow const& key) { return policy::next_look(key, now) > now; });
  if (keys.empty() || services_.resolver == nullptr) return turn;
  kv::Ticket<void> const seen = kv::Ticket<void>::make();
  look_for(domain, std::move(keys), [seen](Result<Checked> const& checked) {
    seen.finish(checked ? Result<>{} : std::unexpected(checked.error()));
  });
  TRY_VOID(seen.wait());
  return turn;
}

}  // namespace yubin::deliver
