#include "queue/outgoing.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "base/assert.h"
#include "base/bytes.h"
#include "base/log.h"
#include "base/text.h"

namespace yubin::queue {

namespace {

constexpr Seconds kNever = std::numeric_limits<Seconds>::max();

constexpr LogEvent kDamaged{"queue.damaged", LogLevel::error,
                            "a row of the queue cannot be read; it is left where it is until the next start"};

}  // namespace

bool is_greylisted(smtp::OutcomeDetail const& why) {
  std::string const text = to_lower(why.remote_text);
  return text.find("greylist") != std::string::npos || text.find("graylist") != std::string::npos ||
         text.find("grey-list") != std::string::npos || text.find("grey list") != std::string::npos;
}

Outgoing::Outgoing(Services services, Options const& options) : services_(std::move(services)), options_(options) {}

Seconds Outgoing::now() const {
  return std::chrono::floor<std::chrono::seconds>(services_.clock.now()).time_since_epoch().count();
}

void Outgoing::on_due(std::function<void()> callback) {
  on_due_ = std::make_shared<std::function<void()> const>(std::move(callback));
}

std::string Outgoing::destination_of(smtp::ForwardPath const& path) {
  YUBIN_ASSERT(path.address().has_value());  // the bare postmaster is always ours
  return path.address()->domain().text();
}

void Outgoing::add(kv::Changes& changes, UniqueId id, MessageRow const& message,
                   std::span<smtp::Recipient const> recipients) {
  YUBIN_ASSERT(!recipients.empty());
  changes.put_blind(kv::Table::queue, MessageKey{id}.encode(), encode_message(message));
  Seconds const due = now();
  std::set<std::string> destinations;
  std::uint32_t number = 0;
  for (smtp::Recipient const& recipient : recipients) {
    std::string destination = destination_of(recipient.path);
    RecipientRow const row{.recipient = recipient, .destination = destination, .due = due};
    changes.put_blind(kv::Table::queue, RecipientKey{id, number}.encode(), encode_recipient(row));
    changes.put_blind(kv::Table::queue, DueKey{destination, due, id, number}.encode(), {});
    destinations.insert(std::move(destination));
    ++number;
  }
  changes.after_commit([this, destinations = std::move(destinations), due] {
    for (std::string const& destination : destinations) wake_at(destination, due);
  });
}

void Outgoing::wake_at(std::string const& destination, Seconds due) {
  {
    std::lock_guard const lock(mutex_);
    auto [at, is_new] = destinations_.try_emplace(destination);
    at->second.next_due = is_new ? due : std::min(at->second.next_due, due);
    at->second.fresh = true;
  }
  if (on_due_) (*on_due_)();
}

Result<> Outgoing::open() {
  // From one destination straight to the next one, whatever waits for each.
  kv::Range range = due_range();
  for (;;) {
    TRY(kv::Page const page, services_.key_value.scan(kv::Table::queue, range, kv::Limit{.rows = 1}));
    if (page.rows.empty()) break;
    auto const key = DueKey::decode(page.rows.front().key);
    if (!key) {
      log(kDamaged, {{"key", to_hex(page.rows.front().key)}});
      range.from = page.rows.front().key + '\0';
      continue;
    }
    std::lock_guard const lock(mutex_);
    destinations_[key->destination].next_due = key->due;
    range.from = due_range(key->destination).to;
  }
  return remove_orphans();
}

// Messages whose last recipients went in two batches, with the end of the server before the third one.
Result<> Outgoing::remove_orphans() {
  kv::Range range = messages_range();
  for (;;) {
    TRY(kv::Page const page, services_.key_value.scan(kv::Table::queue, range, {}));
    for (kv::Row const& row : page.rows) {
      auto const key = MessageKey::decode(row.key);
      auto const message = decode_message(row.value);
      if (!key || !message) {
        log(kDamaged, {{"key", to_hex(row.key)}});
        continue;
      }
      TRY(kv::Page const left,
          services_.key_value.scan(kv::Table::queue, recipients_range(key->id), kv::Limit{.rows = 1}));
      if (left.rows.empty()) remove_message(key->id, message->body);
    }
    if (!page.next) return {};
    range.from = *page.next;
  }
}

void Outgoing::remove_message(UniqueId id, kv::BodyRef const& body) {
  (void)services_.changer.change<void>(  // if it fails, the next start does it
      {}, Lane::delivery, [release = services_.release_body, id, body](kv::Changes& changes) -> Result<> {
        changes.erase_blind(kv::Table::queue, MessageKey{id}.encode());
        release(changes, body);
        return {};
      });
}

std::optional<WallTime> Outgoing::next_due() const {
  std::lock_guard const lock(mutex_);
  Seconds earliest = kNever;
  for (auto const& [name, one] : destinations_)
    if (one.active < options_.per_destination) earliest = std::min(earliest, std::max(one.next_due, one.paused_until));
  if (earliest == kNever) return std::nullopt;
  return WallTime(std::chrono::seconds(earliest));
}

// Destinations take turns, in the order of their names.
std::optional<std::string> Outgoing::next_in_turn() {
  std::lock_guard const lock(mutex_);
  Seconds const time = now();
  auto is_ready = [&](auto const& entry) {
    Destination const& one = entry.second;
    return one.next_due <= time && one.paused_until <= time && one.active < options_.per_destination;
  };
  auto const after = destinations_.upper_bound(last_);
  auto found = std::find_if(after, destinations_.end(), is_ready);
  if (found == destinations_.end()) {
    found = std::find_if(destinations_.begin(), after, is_ready);
    if (found == after) return std::nullopt;
  }
  last_ = found->first;
  return found->first;
}

Result<std::optional<Job>> Outgoing::take() {
  while (auto const destination = next_in_turn()) {
    TRY(auto job, take(*destination));
    if (job) return job;
  }
  return std::nullopt;
}

Result<std::optional<Job>> Outgoing::take(std::string const& destination) {
  {
    std::lock_guard const lock(mutex_);
    auto const found = destinations_.find(destination);
    if (found == destinations_.end() || found->second.active >= options_.per_destination) return std::nullopt;
    if (found->second.paused_until > now()) return std::nullopt;
    ++found->second.active;
    found->second.fresh = false;
  }
  Result<std::optional<Job>> job = take_from(destination);
  if (job && *job) return job;
  std::lock_guard const lock(mutex_);
  Destination& state = destinations_.at(destination);
  --state.active;
  // What cannot be read is not asked for again at once.
  if (!job) state.next_due = now() + options_.pause_first.count();
  if (state.active == 0 && state.next_due == kNever && state.paused_until <= now()) destinations_.erase(destination);
  return job;
}

// With the destination's `active` counted for it.
Result<std::optional<Job>> Outgoing::take_from(std::string const& destination) {
  TRY(std::vector<DueKey> const keys, lease(destination));
  if (keys.empty()) return std::nullopt;
  Result<Job> job = load(destination, keys);
  if (!job) {
    give_back(keys);
    return std::unexpected(std::move(job).error());
  }
  if (job->recipients.empty()) {
    std::lock_guard const lock(mutex_);
    leave_message(job->id);
    return std::nullopt;
  }
  return std::optional<Job>(*std::move(job));
}

// The first recipients that are due and not taken, of one message; and when the next ones are due.
Result<std::vector<DueKey>> Outgoing::lease(std::string const& destination) {
  std::vector<DueKey> keys;
  Seconds next = kNever;
  kv::Range range = due_range(destination);
  Seconds const time = now();
  for (bool more = true; more && next == kNever;) {
    TRY(kv::Page const page, services_.key_value.scan(kv::Table::queue, range, kv::Limit{.rows = 256}));
    more = page.next.has_value();
    if (more) range.from = *page.next;
    std::lock_guard const lock(mutex_);
    for (kv::Row const& row : page.rows) {
      auto key = DueKey::decode(row.key);
      if (!key || taken_.contains({key->id, key->number})) continue;
      bool const fits = keys.empty() || (key->id == keys.front().id && keys.size() < options_.per_transaction);
      if (key->due > time || !fits) {
        next = key->due;
        break;
      }
      taken_.insert({key->id, key->number});
      keys.push_back(*std::move(key));
    }
  }
  std::lock_guard const lock(mutex_);
  Destination& state = destinations_.at(destination);
  if (!state.fresh) state.next_due = next;
  if (!keys.empty()) ++messages_[keys.front().id].jobs;
  return keys;
}

void Outgoing::give_back(std::vector<DueKey> const& keys) {
  std::lock_guard const lock(mutex_);
  for (DueKey const& key : keys) taken_.erase({key.id, key.number});
  leave_message(keys.front().id);
}

// With the lock held.
void Outgoing::leave_message(UniqueId id) {
  auto const message = messages_.find(id);
  if (--message->second.jobs == 0) messages_.erase(message);
}

Result<Job> Outgoing::load(std::string const& destination, std::vector<DueKey> const& keys) {
  UniqueId const id = keys.front().id;
  std::vector<std::string> wanted{MessageKey{id}.encode()};
  for (DueKey const& key : keys) wanted.push_back(RecipientKey{id, key.number}.encode());
  TRY(auto const values, services_.key_value.multi_get(kv::Table::queue, wanted));
  if (!values.front()) return fail(Errc::corrupt, fmt::format("message {} of the queue is missing", id.text()));
  TRY(MessageRow message, decode_message(*values.front()));
  Job job{.id = id, .message = std::move(message), .destination = destination, .recipients = {}};
  for (std::size_t i = 0; i < keys.size(); ++i) {
    auto row = values[i + 1] ? decode_recipient(*values[i + 1]) : fail(Errc::corrupt, "missing");
    if (row && row->due == keys[i].due) {
      job.recipients.push_back({keys[i].number, *std::move(row)});
    } else {
      log(kDamaged, {{"message", id.text()}, {"recipient", fmt::to_string(keys[i].number)}});
    }
  }
  TRY_VOID(count_left(id));
  return job;
}

// How many recipients the message has, if no other job has counted them.
Result<> Outgoing::count_left(UniqueId id) {
  {
    std::lock_guard const lock(mutex_);
    if (messages_.at(id).left) return {};
  }
  std::size_t count = 0;
  kv::Range range = recipients_range(id);
  for (bool more = true; more;) {
    TRY(kv::Page const page, services_.key_value.scan(kv::Table::queue, range, {}));
    count += page.rows.size();
    more = page.next.has_value();
    if (more) range.from = *page.next;
  }
  std::lock_guard const lock(mutex_);
  // Another job may have counted meanwhile, and settled; then its number is the newer one.
  if (!messages_.at(id).left) messages_.at(id).left = count;
  return {};
}

void Outgoing::put_back(Job const& job) {
  constexpr Seconds kSoon = 5;
  finished(job, 0, Reached::yes, now() + kSoon);
}

void Outgoing::give_up_on_old(Job const& job, std::vector<smtp::Outcome>& outcomes) const {
  if (now() - job.message.accepted < options_.retry.give_up.count()) return;
  for (smtp::Outcome& outcome : outcomes) {
    auto const* deferred = std::get_if<smtp::Deferred>(&outcome);
    if (deferred == nullptr) continue;
    smtp::OutcomeDetail why = *deferred;
    why.note +=
        fmt::format("{}tried for {} days", why.note.empty() ? "" : "; ", options_.retry.give_up.count() / 86'400);
    why.status = {5, 4, 7};  // RFC 3463 section 3.5: delivery time expired
    outcome = smtp::Failed{std::move(why)};
  }
}

Outgoing::Change Outgoing::change_of(Job const& job, std::vector<smtp::Outcome> const& outcomes) const {
  Change change;
  Seconds const time = now();
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    auto const& [number, old] = job.recipients[i];
    std::string key = RecipientKey{job.id, number}.encode();
    change.erase.push_back(DueKey{job.destination, old.due, job.id, number}.encode());
    if (!std::holds_alternative<smtp::Deferred>(outcomes[i])) {
      change.erase.push_back(std::move(key));
      ++change.gone;
      continue;
    }
    smtp::OutcomeDetail const& why = detail(outcomes[i]);
    RecipientRow row = old;
    ++row.attempts;
    row.tried = time;
    row.status = why.status.text();
    row.remote_text = why.remote_text;
    row.remote_host = why.remote_host;
    row.note = why.note;
    Wait const wait = is_greylisted(why) ? Wait::greylisted : Wait::usual;
    row.due = time + wait_after(options_.retry, row.attempts, wait, services_.random).count();
    change.due = std::min(change.due.value_or(kNever), row.due);
    change.put.emplace_back(std::move(key), encode_recipient(row));
    change.put.emplace_back(DueKey{job.destination, row.due, job.id, number}.encode(), "");
  }
  return change;
}

void Outgoing::add_fates(journal::Entry& entry, Job const& job, std::vector<smtp::Outcome> const& outcomes) {
  constexpr std::string_view kFates[] = {"delivered", "deferred", "failed"};
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    smtp::OutcomeDetail const& d = detail(outcomes[i]);
    std::string text = d.remote_text;
    if (!d.remote_host.empty()) text += fmt::format("{}{}", text.empty() ? "" : " from ", d.remote_host);
    if (!d.note.empty()) text += text.empty() ? d.note : fmt::format(" ({})", d.note);
    auto const& path = job.recipients[i].row.recipient.path;
    entry.recipients.push_back(
        {path.address()->text(), std::string(kFates[outcomes[i].index()]), d.status.text(), std::move(text)});
  }
}

kv::Ticket<void> Outgoing::settle(Job job, std::vector<smtp::Outcome> outcomes, Reached reached, journal::Entry entry,
                                  More more) {
  YUBIN_ASSERT(outcomes.size() == job.recipients.size());
  add_fates(entry, job, outcomes);
  Change change = change_of(job, outcomes);
  bool last = false;
  {
    std::lock_guard const lock(mutex_);
    Message const& message = messages_.at(job.id);
    // With another job under way nobody can say which one is committed last; then it goes in a batch of its own.
    last = message.jobs == 1 && message.left == change.gone;
  }
  std::size_t const gone = change.gone;
  std::optional<Seconds> const due = change.due;
  auto fn = [release = services_.release_body, id = job.id, body = job.message.body, last, entry = std::move(entry),
             change = std::move(change), more = std::move(more)](kv::Changes& changes) -> Result<> {
    for (std::string const& key : change.erase) changes.erase_blind(kv::Table::queue, key);
    for (auto const& [key, value] : change.put) changes.put_blind(kv::Table::queue, key, value);
    if (last) {
      changes.erase_blind(kv::Table::queue, MessageKey{id}.encode());
      release(changes, body);
    }
    if (more) more(changes);
    journal::Journal::put(changes, entry);
    return {};
  };
  kv::Ticket<void> const inner = services_.changer.change<void>({}, Lane::delivery, std::move(fn));
  kv::Ticket<void> outer = kv::Ticket<void>::make();
  inner.completion().on_done([this, inner, outer, job = std::move(job), gone, last, due, reached] {
    Result<> result = inner.take();
    if (!result) {
      put_back(job);
    } else {
      finished(job, gone, reached, due);
      if (!last) remove_if_empty(job);
    }
    outer.finish(std::move(result));
  });
  return outer;
}

void Outgoing::finished(Job const& job, std::size_t gone, Reached reached, std::optional<Seconds> due) {
  {
    std::lock_guard const lock(mutex_);
    for (Job::One const& one : job.recipients) taken_.erase({job.id, one.number});
    Message& message = messages_.at(job.id);
    message.left = *message.left - gone;
    if (*message.left == 0 && message.jobs == 1 && gone > 0) emptied_.insert(job.id);
    leave_message(job.id);
    Destination& state = destinations_.at(job.destination);
    --state.active;
    if (due) state.next_due = std::min(state.next_due, *due);
    if (due) state.fresh = true;
    if (reached == Reached::yes) {
      state.failures = 0;
    } else {
      auto const factor = std::int64_t{1} << std::min(state.failures++, 10U);
      state.paused_until = now() + std::min(options_.pause_longest.count(), options_.pause_first.count() * factor);
    }
    if (state.active == 0 && state.next_due == kNever && state.paused_until <= now())
      destinations_.erase(job.destination);
  }
  if (on_due_) (*on_due_)();
}

void Outgoing::remove_if_empty(Job const& job) {
  {
    std::lock_guard const lock(mutex_);
    if (emptied_.erase(job.id) == 0) return;
  }
  remove_message(job.id, job.message.body);
}

}  // namespace yubin::queue
