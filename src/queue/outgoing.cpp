#include "queue/outgoing.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/bytes.h"
#include "base/log.h"
#include "queue/kept_row.h"

namespace yubin::queue {

namespace {

constexpr Seconds kNever = Schedule::kNever;
// What cannot be read is not asked for again at once.
constexpr Seconds kUnreadable = 60;
constexpr Seconds kSoon = 5;
// Streams in one slice of the walk over all of them.
constexpr std::size_t kSlice = 256;
// Rows of a stream that are looked at: at first, then each time.
constexpr std::size_t kFirstLook = 16;
constexpr std::size_t kLook = 256;
constexpr std::size_t kMostStarts = 10'000;

constexpr LogEvent kDamaged{"queue.damaged", LogLevel::error,
                            "a row of the queue cannot be read; it is left where it is until the next start"};
constexpr LogEvent kPutBack{"queue.clock_put_back", LogLevel::warning,
                            "the clock was put back; what waits for a time that it had said goes by the new one"};

// Whether it stays, held, since nobody would hear of it.
bool stays(Job const& job, std::size_t i, smtp::Outcome const& outcome) {
  RecipientRow const& row = job.recipients[i].row;
  return std::holds_alternative<smtp::Failed>(outcome) && row.destination != kNowhere &&
         is_kept_if_failed(job.message, row);
}

// Recipients of the message, committed.
Result<bool> has_more_than(kv::KeyValue const& rows, UniqueId id, std::size_t count) {
  TRY(kv::Page const page, rows.scan(kv::Table::queue, recipients_range(id), kv::Limit{.rows = count + 1}));
  return page.rows.size() > count;
}

}  // namespace

Job::Lease::~Lease() {
  if (over_) return;
  try {
    queue_.put_back(*this);
  } catch (std::exception const& e) {
    log(kDamaged, {{"message", id_.text()}, {"detail", e.what()}});
  }
}

Outgoing::Outgoing(Services services, Options const& options)
    : services_(std::move(services)), options_(options), schedule_(options.schedule) {}

Seconds Outgoing::now() const {
  return std::chrono::floor<std::chrono::seconds>(services_.clock.now()).time_since_epoch().count();
}

// With the lock held. When the clock was put back, what waits for a time by its old state is told.
Seconds Outgoing::look_at_clock() {
  constexpr Seconds kStep = 60;  // less is waited for
  Seconds const time = now();
  if (time + kStep < newest_) {
    log(kPutBack, {{"seconds", newest_ - time}});
    schedule_.put_back(newest_ - time);
    newest_ = time;
  }
  newest_ = std::max(newest_, time);
  return time;
}

// Nobody is told to wait longer than the longest wait and its tenth (wait_after()): the clock was ahead when it was.
bool Outgoing::is_due(Seconds due, Seconds time) const {
  Seconds const longest = options_.retry.longest.count();
  return due <= time || due > time + longest + longest / 10 + 1;
}

// When the schedule is to give out what is due then.
Seconds Outgoing::turn_of(Seconds due) const {
  Seconds const time = now();
  return is_due(due, time) ? std::min(due, time) : due;
}

void Outgoing::on_due(std::function<void()> callback) {
  on_due_ = std::make_shared<std::function<void()> const>(std::move(callback));
}

void Outgoing::tell() const {
  if (on_due_) (*on_due_)();
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
    RecipientRow row{.recipient = recipient, .destination = destination, .due = due};
    bool const is_held = services_.holds && services_.holds(destination, message.reverse_path);
    if (is_held) row.standing = Standing::held;
    changes.put_blind(kv::Table::queue, RecipientKey{id, number}.encode(), encode_recipient(row));
    ++number;
    if (is_held) continue;
    changes.put_blind(kv::Table::queue, due_key(id, message, number - 1, row).encode(), {});
    destinations.insert(std::move(destination));
  }
  auto committed = [this, destinations = std::move(destinations), priority = message.priority, sender = message.sender,
                    due] {
    {
      std::lock_guard const lock(mutex_);
      for (std::string const& destination : destinations) wake({destination, priority, sender}, due);
    }
    tell();
  };
  changes.after_commit(std::move(committed));
}

// With the lock held: there may be new rows, due then or later.
void Outgoing::wake(Stream const& stream, Seconds due) {
  wake(stream, due, due);
}

// With the lock held: rows whose keys say `row_due` or later are there or free again, and somebody should have them
// from `due` on.
void Outgoing::wake(Stream const& stream, Seconds due, Seconds row_due) {
  if (auto const at = starts_.find(stream); at != starts_.end()) {
    at->second.from = std::min(at->second.from, DueKey{stream, row_due, {}, 0}.encode());
    at->second.woken = std::min(at->second.woken, row_due);
  }
  schedule_.wake(stream, turn_of(due));
}

Result<> Outgoing::open() {
  TRY_VOID(alarms_.open(services_.key_value, now()));
  for (std::size_t looked = 0; looked < options_.schedule.streams; looked += kSlice) {
    TRY(Looked const found, look_further());
    if (found == Looked::to_the_end) break;
  }
  return {};
}

// From one stream straight to the next one, whatever waits in each.
Result<Outgoing::Looked> Outgoing::look_further() {
  std::string from;
  {
    std::lock_guard const lock(mutex_);
    if (beyond_from_.empty()) {
      schedule_.forget_beyond();
      beyond_from_ = due_range().from;
    }
    walked_ = now();
    from = beyond_from_;
  }
  std::size_t admitted = 0;
  for (std::size_t i = 0; i < kSlice && !from.empty(); ++i) {
    TRY(kv::Page const page, services_.key_value.scan(kv::Table::queue, {from, due_range().to}, kv::Limit{.rows = 1}));
    if (page.rows.empty()) {
      from.clear();
      break;
    }
    auto const key = DueKey::decode(page.rows.front().key);
    if (!key) {
      log(kDamaged, {{"key", to_hex(page.rows.front().key)}});
      from = page.rows.front().key + '\0';
      continue;
    }
    from = due_range(key->stream).to;
    std::lock_guard const lock(mutex_);
    admitted += schedule_.wake(key->stream, turn_of(key->due)) ? 1 : 0;
  }
  std::lock_guard const lock(mutex_);
  beyond_from_ = from;
  if (from.empty()) return Looked::to_the_end;
  return admitted > 0 ? Looked::and_found : Looked::in_vain;
}

Result<Turn> Outgoing::sweep() {
  constexpr std::size_t kMessages = 200;
  if (sweep_from_.empty()) sweep_from_ = messages_range().from;
  TRY(kv::Page const page,
      services_.key_value.scan(kv::Table::queue, {sweep_from_, messages_range().to}, kv::Limit{.rows = kMessages}));
  for (kv::Row const& row : page.rows) {
    auto const key = MessageKey::decode(row.key);
    auto const message = decode_message(row.value);
    if (!key || !message) {
      log(kDamaged, {{"key", to_hex(row.key)}});
      continue;
    }
    TRY(bool const is_used, has_more_than(services_.key_value, key->id, 0));
    if (!is_used) remove_message(key->id, message->body);
  }
  sweep_from_ = page.next.value_or("");
  if (page.next) return Turn::more;
  auto erase_old = [old = alarms_.remove_old(now())](kv::Changes& changes) -> Result<> {
    for (std::string const& key : old) changes.erase_blind(kv::Table::queue, key);
    return {};
  };
  (void)services_.changer.change<void>({}, Lane::reading, std::move(erase_old));  // if it fails, a later one does it
  return Turn::done;
}

// If nobody is left who waits for it.
void Outgoing::remove_message(UniqueId id, kv::BodyRef const& body) {
  auto remove = [&rows = services_.key_value, release = services_.release_body, id,
                 body](kv::Changes& changes) -> Result<> {
    TRY(bool const is_used, has_more_than(rows, id, 0));
    TRY(auto const row, rows.get(kv::Table::queue, MessageKey{id}.encode()));
    if (is_used || !row) return {};
    changes.erase_blind(kv::Table::queue, MessageKey{id}.encode());
    release(changes, body);
    return {};
  };
  (void)services_.changer.change<void>({}, Lane::delivery, std::move(remove));  // if it fails, sweep() does it
}

std::optional<WallTime> Outgoing::next_due() const {
  std::lock_guard const lock(mutex_);
  Seconds const earliest = schedule_.earliest();
  if (earliest == kNever) return std::nullopt;
  return WallTime(std::chrono::seconds(earliest));
}

std::size_t Outgoing::held() const {
  std::lock_guard const lock(mutex_);
  return schedule_.held() + messages_.size() + taken_.size();
}

bool Outgoing::may_look_further(Seconds time) const {
  return !beyond_from_.empty() || schedule_.wants_more(time);
}

Result<std::optional<Job>> Outgoing::take() {
  for (;;) {
    std::optional<Stream> stream;
    bool look = false;
    {
      std::lock_guard const lock(mutex_);
      Seconds const time = look_at_clock();
      look = walked_ != time && may_look_further(time);
      if (!look) {
        stream = schedule_.next(time);
        look = !stream && !schedule_.is_full() && may_look_further(time) && found_;
      }
    }
    if (look) {
      TRY(Looked const looked, look_further());
      std::lock_guard const lock(mutex_);
      found_ = looked == Looked::and_found;
      continue;
    }
    if (!stream) return std::nullopt;
    TRY(auto job, take_from(*stream));
    if (job) return job;
  }
}

Result<std::optional<Job>> Outgoing::take(std::string const& destination) {
  std::optional<Stream> stream;
  {
    std::lock_guard const lock(mutex_);
    stream = schedule_.next(destination, look_at_clock());
  }
  if (!stream) return std::nullopt;
  return take_from(*stream);
}

// With a transaction of the stream counted for it.
Result<std::optional<Job>> Outgoing::take_from(Stream const& stream) {
  Result<std::optional<Job>> job = job_of(stream);
  if (job && *job) return job;
  std::lock_guard const lock(mutex_);
  schedule_.end(stream, Schedule::Went::nowhere, now());
  return job;
}

Result<std::optional<Job>> Outgoing::job_of(Stream const& stream) {
  Result<std::vector<DueKey>> const keys = lease(stream);
  if (!keys) {
    std::lock_guard const lock(mutex_);
    schedule_.filled(stream, now() + kUnreadable);
    return std::unexpected(keys.error());
  }
  if (keys->empty()) return std::nullopt;
  Result<Job> job = load(stream, *keys);
  if (!job) {
    give_back(stream, *keys);
    return std::unexpected(std::move(job).error());
  }
  if (job->recipients.empty()) {
    std::lock_guard const lock(mutex_);
    leave_message(job->id);
    return std::nullopt;
  }
  std::vector<std::uint32_t> numbers;
  for (Job::One const& one : job->recipients) numbers.push_back(one.number);
  job->lease = std::make_shared<Job::Lease>(*this, job->id, stream, std::move(numbers), keys->front().due);
  return std::optional<Job>(*std::move(job));
}

// The first recipients that are due and not taken, of one message; and when the next ones are due.
Result<std::vector<DueKey>> Outgoing::lease(Stream const& stream) {
  std::vector<DueKey> keys;
  std::optional<DueKey> next;
  kv::Range range = due_range(stream);
  Seconds const time = now();
  begin_looking(stream, range);
  std::size_t rows = kFirstLook;
  for (bool more = true; more && !next; rows = kLook) {
    Result<kv::Page> const page = services_.key_value.scan(kv::Table::queue, range, kv::Limit{.rows = rows});
    std::lock_guard const lock(mutex_);
    if (!page) {
      for (DueKey const& key : keys) taken_.erase({key.id, key.number});
      starts_.erase(stream);
      return std::unexpected(page.error());
    }
    more = page->next.has_value();
    if (more) range.from = *page->next;
    for (kv::Row const& row : page->rows) {
      auto key = DueKey::decode(row.key);
      if (!key || taken_.contains({key->id, key->number})) continue;
      bool const fits = keys.empty() || (key->id == keys.front().id && keys.size() < options_.per_transaction);
      if (!is_due(key->due, time) || !fits) {
        next = *std::move(key);
        break;
      }
      taken_.insert({key->id, key->number});
      keys.push_back(*std::move(key));
    }
  }
  std::lock_guard const lock(mutex_);
  end_looking(stream, next, time);
  schedule_.filled(stream, next ? turn_of(next->due) : kNever);
  if (!keys.empty()) join_message(keys.front().id);
  return keys;
}

void Outgoing::begin_looking(Stream const& stream, kv::Range& range) {
  std::lock_guard const lock(mutex_);
  if (starts_.size() >= kMostStarts) starts_.clear();
  Start& start = starts_.try_emplace(stream, range.from).first->second;
  start.woken = kNever;
  range.from = start.from;
}

// With the lock held. Without an entry, the next look is at all of them.
void Outgoing::end_looking(Stream const& stream, std::optional<DueKey> const& next, Seconds time) {
  auto const at = starts_.find(stream);
  if (at == starts_.end()) return;
  Seconds const woken = std::min(at->second.woken, next ? kNever : time);
  at->second.from = DueKey{stream, woken, {}, 0}.encode();
  if (next) at->second.from = std::min(at->second.from, next->encode());
}

void Outgoing::give_back(Stream const& stream, std::vector<DueKey> const& keys) {
  std::lock_guard const lock(mutex_);
  for (DueKey const& key : keys) taken_.erase({key.id, key.number});
  leave_message(keys.front().id);
  wake(stream, now() + kUnreadable, keys.front().due);
}

// Both with the lock held.
void Outgoing::join_message(UniqueId id) {
  Takers& takers = messages_[id];
  takers.overlapped = takers.count > 0 || takers.overlapped;
  ++takers.count;
}

// Whether somebody must look if it has recipients left: nobody else has it, and while others had, none could tell.
bool Outgoing::leave_message(UniqueId id) {
  auto const message = messages_.find(id);
  if (--message->second.count > 0) return false;
  bool const overlapped = message->second.overlapped;
  messages_.erase(message);
  return overlapped;
}

Result<Job> Outgoing::load(Stream const& stream, std::vector<DueKey> const& keys) {
  UniqueId const id = keys.front().id;
  std::vector<std::string> wanted{MessageKey{id}.encode()};
  for (DueKey const& key : keys) wanted.push_back(RecipientKey{id, key.number}.encode());
  TRY(auto const values, services_.key_value.multi_get(kv::Table::queue, wanted));
  Job job{.id = id, .message = {}, .destination = stream.destination, .recipients = {}};
  std::vector<DueKey> stale;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    std::optional<std::string> const& value = values[i + 1];
    auto row = value ? decode_recipient(*value) : fail(Errc::not_found, "gone");
    if (row && row->due == keys[i].due) {
      job.recipients.push_back({keys[i].number, *std::move(row)});
      continue;
    }
    TRY(auto const still_due, services_.key_value.get(kv::Table::queue, keys[i].encode()));
    if (!still_due) {
      stale.push_back(keys[i]);
    } else {
      // It stays taken, so that it is in nobody's way.
      log(kDamaged, {{"message", id.text()}, {"recipient", fmt::to_string(keys[i].number)}});
    }
  }
  if (!stale.empty()) forget_stale(stream, stale);
  if (job.recipients.empty()) return job;
  if (!values.front()) return fail(Errc::corrupt, fmt::format("message {} of the queue is missing", id.text()));
  TRY(job.message, decode_message(*values.front()));
  return job;
}

// Rows that somebody else had when they were read, and settled before they were leased.
void Outgoing::forget_stale(Stream const& stream, std::vector<DueKey> const& stale) {
  std::lock_guard const lock(mutex_);
  for (DueKey const& key : stale) taken_.erase({key.id, key.number});
  // Who looked for them meanwhile has passed over them.
  wake(stream, now(), stale.front().due);
}

void Outgoing::put_back(Job::Lease const& lease) {
  {
    std::lock_guard const lock(mutex_);
    for (std::uint32_t const number : lease.numbers_) taken_.erase({lease.id_, number});
    leave_message(lease.id_);
    schedule_.end(lease.stream_, Schedule::Went::nowhere, now());
    wake(lease.stream_, lease.paused_until_ ? lease.due_ : now() + kSoon, lease.due_);
    if (lease.paused_until_) schedule_.pause(lease.stream_, *lease.paused_until_);
  }
  tell();
}

void Outgoing::postpone(Job job, std::chrono::seconds wait) {
  job.lease->pause_until(now() + wait.count());
}

bool Outgoing::resume(Stream const& stream) {
  bool waits = false;
  {
    std::lock_guard const lock(mutex_);
    waits = schedule_.resume(stream, now());
  }
  if (waits) tell();
  return waits;
}

bool Outgoing::is_late(Job const& job) const {
  if (now() - job.message.accepted >= options_.retry.give_up.count()) return true;
  for (std::size_t i = 0; i < job.recipients.size(); ++i)
    if (should_warn(job, i)) return true;
  return false;
}

bool Outgoing::should_warn(Job const& job, std::size_t i) const {
  Seconds const warn = options_.retry.warn.count();
  return warn > 0 && !job.recipients[i].row.warned && now() - job.message.accepted >= warn;
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

Outgoing::Change Outgoing::change_of(Job const& job, std::vector<smtp::Outcome> const& outcomes) {
  Change change;
  Seconds const time = now();
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    auto const& [number, old] = job.recipients[i];
    std::string key = RecipientKey{job.id, number}.encode();
    change.erase.push_back(due_key(job.id, job.message, number, old).encode());
    bool const is_kept = stays(job, i, outcomes[i]);
    if (!is_kept && !std::holds_alternative<smtp::Deferred>(outcomes[i])) {
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
    if (is_kept) {
      row.standing = Standing::held;
      row.due = time;
      change.put.emplace_back(std::move(key), encode_recipient(row));
      change.put.emplace_back(KeptKey{time, job.id, number}.encode(), "");
      continue;
    }
    row.due = time + wait_after(options_.retry, row.attempts, classify(why), services_.random).count();
    change.due = std::min(change.due, row.due);
    change.put.emplace_back(std::move(key), encode_recipient(row));
    change.put.emplace_back(due_key(job.id, job.message, number, row).encode(), "");
  }
  for (auto& row : alarms_.note(outcomes, time)) change.put.push_back(std::move(row));
  return change;
}

void Outgoing::add_fates(journal::Entry& entry, Job const& job, std::vector<smtp::Outcome> const& outcomes) {
  constexpr std::string_view kFates[] = {"delivered", "deferred", "failed"};
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    smtp::OutcomeDetail const& d = detail(outcomes[i]);
    std::string text = d.remote_text;
    if (!d.remote_host.empty()) text += fmt::format("{}{}", text.empty() ? "" : " from ", d.remote_host);
    if (!d.note.empty()) text += text.empty() ? d.note : fmt::format(" ({})", d.note);
    if (stays(job, i, outcomes[i])) text += "; it is kept, since the sender may not be told";
    auto const& path = job.recipients[i].row.recipient.path;
    entry.recipients.push_back(
        {path.address()->text(), std::string(kFates[outcomes[i].index()]), d.status.text(), std::move(text)});
  }
}

kv::Ticket<void> Outgoing::settle(Job job, std::vector<smtp::Outcome> outcomes, Reached reached, journal::Entry entry) {
  YUBIN_ASSERT(outcomes.size() == job.recipients.size());
  add_fates(entry, job, outcomes);
  Change change = change_of(job, outcomes);
  auto const went = reached == Reached::no ? Schedule::Went::unreachable : Schedule::Went::well;
  bool alone = false;
  {
    std::lock_guard const lock(mutex_);
    alone = messages_.at(job.id).count == 1;
  }
  std::size_t const gone = change.gone;
  Seconds const due = change.due;
  auto fn = [&rows = services_.key_value, release = services_.release_body, id = job.id, body = job.message.body, alone,
             all = gone == outcomes.size(), entry = std::move(entry),
             change = std::move(change)](kv::Changes& changes) -> Result<> {
    for (std::string const& key : change.erase) changes.erase_blind(kv::Table::queue, key);
    for (auto const& [key, value] : change.put) changes.put_blind(kv::Table::queue, key, value);
    // With another job under way nobody can say which one is committed last; finished() looks then.
    bool more = true;
    if (alone && all) {
      TRY(more, has_more_than(rows, id, change.gone));
    }
    if (!more) {
      changes.erase_blind(kv::Table::queue, MessageKey{id}.encode());
      release(changes, body);
    }
    journal::Journal::put(changes, entry);
    return {};
  };
  kv::Ticket<void> const inner = services_.changer.change<void>({}, Lane::delivery, std::move(fn));
  kv::Ticket<void> outer = kv::Ticket<void>::make();
  inner.completion().on_done([this, inner, outer, job = std::move(job), gone, due, went]() mutable {
    Result<> result = inner.take();
    if (result) finished(job, gone, due, went);
    job.lease.reset();  // after a failure they are due again
    outer.finish(std::move(result));
  });
  return outer;
}

void Outgoing::finished(Job const& job, std::size_t gone, Seconds due, Schedule::Went went) {
  bool look = false;
  {
    std::lock_guard const lock(mutex_);
    job.lease->over();
    for (Job::One const& one : job.recipients) taken_.erase({job.id, one.number});
    look = leave_message(job.id) && gone > 0;
    schedule_.end(job.lease->stream(), went, now());
    if (due != kNever) wake(job.lease->stream(), due);
  }
  if (look) remove_message(job.id, job.message.body);
  tell();
}

}  // namespace yubin::queue
