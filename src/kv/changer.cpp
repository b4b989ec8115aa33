#include "kv/changer.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <unordered_map>

#include "base/assert.h"
#include "kv/overlay.h"

namespace yubin::kv {

namespace {

// One account while changes of it are queued, running, or on their way to the disk.
struct Account {
  std::deque<void const*> queue;  // changes in their order; the first one holds the account once all its accounts agree
  bool running = false;           // the first one runs: nobody else touches the overlay
  Overlay overlay;                // what is put and not committed
  std::size_t in_flight = 0;      // batches submitted and not done
  std::uint64_t committed = 0;    // batches up to this number are in the engine, and may leave the overlay
  std::uint64_t epoch = 0;        // rises when a batch fails; batches of an older epoch fail too
  bool reload = false;            // the overlay is worthless
  Error failure{Errc::internal, ""};

  bool idle() const { return queue.empty() && in_flight == 0; }
  void tidy();
};

// Brings the overlay up to date with the engine. Not while a change reads it.
void Account::tidy() {
  if (running) return;
  if (reload || in_flight == 0) {
    overlay.clear();
  } else {
    overlay.forget(committed);
  }
  reload = false;
}

}  // namespace

struct Changer::Impl {
  struct Change {
    Change(std::vector<AccountId> of, Lane in, Task what) : accounts(std::move(of)), lane(in), task(std::move(what)) {}

    std::vector<AccountId> const accounts;  // sorted, each once
    Lane const lane;
    Task task;
    std::vector<std::uint64_t> epochs;  // of the accounts, when it began to run
    std::size_t waiting_for = 0;        // accounts in whose queue it is not the first
    std::uint64_t number = 0;           // of its batch
    std::vector<std::move_only_function<void()>> after_commit;
  };
  using ChangePtr = std::shared_ptr<Change>;

  Impl(KeyValue& the_engine, Committer& the_committer, Executor& the_pool)
      : engine(the_engine), committer(the_committer), pool(the_pool) {}

  KeyValue& engine;
  Committer& committer;
  Executor& pool;

  std::mutex mutex;  // of all below; never held while fn, the engine, a callback or another object runs
  std::condition_variable all_done;
  std::size_t unfinished = 0;  // tasks that use this object: changes queued or running, batches submitted
  std::uint64_t last_number = 0;
  std::unordered_map<AccountId, Account> accounts;
  std::unordered_map<void const*, ChangePtr> queued;

  void enqueue(ChangePtr change) noexcept;
  void post(ChangePtr change);
  void run(ChangePtr const& change);
  std::vector<Overlay const*> begin(Change& change);
  Result<> put_into_overlays(Change& change, Batch const& batch);
  Result<> valid(Change const& change) const;
  void submit(ChangePtr const& change, Batch batch);
  Result<> admit(Change const& change);
  void invalidate(Change const& change, Error const& error);
  void release(Change const& change);
  void note_outcome(Change const& change, Result<> const& outcome);
  void committed(Change& change, Result<> outcome);
  static void finish(Change& change, Result<> outcome);
  void leave();
};

// A change is put into the queues of all its accounts at once, under one lock. So any two changes stand in the same
// order wherever they meet, and the oldest of all is first in all its queues: nobody waits in a circle.
//
// Exhausted memory ends the process here, as it does where the change runs: half enqueued, it would keep all later
// changes of its accounts waiting for ever.
void Changer::Impl::enqueue(ChangePtr change) noexcept {
  {
    std::lock_guard lock(mutex);
    ++unfinished;
    for (AccountId id : change->accounts) {
      auto& account = accounts[id];
      if (!account.queue.empty()) ++change->waiting_for;
      account.queue.push_back(change.get());
    }
    if (change->waiting_for > 0) {
      queued.emplace(change.get(), std::move(change));
      return;
    }
  }
  post(std::move(change));
}

void Changer::Impl::post(ChangePtr change) {
  Lane const lane = change->lane;
  pool.post(lane, [this, change = std::move(change)] { run(change); });
}

std::vector<Overlay const*> Changer::Impl::begin(Change& change) {
  std::lock_guard lock(mutex);
  std::vector<Overlay const*> overlays;
  change.epochs.clear();
  for (AccountId id : change.accounts) {
    auto& account = accounts.at(id);
    account.tidy();
    account.running = true;
    change.epochs.push_back(account.epoch);
    overlays.push_back(&account.overlay);
  }
  return overlays;
}

void Changer::Impl::run(ChangePtr const& change) {
  Batch batch;
  Result<> outcome;
  {
    Changes changes(engine, change->accounts, begin(*change));
    outcome = change->task.run(changes);
    if (outcome) outcome = check_limits(changes.batch_);
    batch = std::move(changes.batch_);
    change->after_commit = std::move(changes.after_commit_);
  }
  if (outcome) outcome = put_into_overlays(*change, batch);
  // The batch is submitted before the accounts are released, so that the committer's order is the accounts' order.
  if (outcome) submit(change, std::move(batch));
  release(*change);
  if (!outcome) finish(*change, std::move(outcome));
  leave();
}

// From here on later changes see it. Fails if one that it has seen failed meanwhile.
Result<> Changer::Impl::put_into_overlays(Change& change, Batch const& batch) {
  std::lock_guard lock(mutex);
  TRY_VOID(valid(change));
  ++unfinished;  // the batch
  change.number = ++last_number;
  for (AccountId id : change.accounts) ++accounts.at(id).in_flight;
  for (auto const& operation : batch.operations()) {
    auto const owner = std::visit(
        [](auto const& op) {
          if constexpr (requires { op.range; }) {
            return account_of(op.table, op.range.from);
          } else {
            return account_of(op.table, op.key);
          }
        },
        operation);
    // A blind row has no owner, or one that this change does not hold.
    if (owner && std::ranges::binary_search(change.accounts, *owner)) {
      accounts.at(*owner).overlay.apply(operation, change.number);
    }
  }
  return {};
}

// Whether all that the change has seen is committed or may still be. With the mutex held.
Result<> Changer::Impl::valid(Change const& change) const {
  for (std::size_t i = 0; i < change.accounts.size(); ++i) {
    auto const& account = accounts.at(change.accounts[i]);
    if (account.epoch == change.epochs[i]) continue;
    return fail(account.failure.code, fmt::format("an earlier change of account {} failed: {}",
                                                  change.accounts[i].value(), account.failure.detail));
  }
  return {};
}

void Changer::Impl::submit(ChangePtr const& change, Batch batch) {
  auto done = [this, change](Result<> outcome) { committed(*change, std::move(outcome)); };
  committer.submit(std::move(batch), std::move(done), [this, change] { return admit(*change); });
}

// A batch that is refused takes those after it along at once: they may stand in the same group.
Result<> Changer::Impl::admit(Change const& change) {
  std::lock_guard lock(mutex);
  auto result = valid(change);
  if (!result) invalidate(change, result.error());
  return result;
}

// Whatever has seen this change, or will see it in an overlay, fails. With the mutex held.
void Changer::Impl::invalidate(Change const& change, Error const& error) {
  for (std::size_t i = 0; i < change.accounts.size(); ++i) {
    auto& account = accounts.at(change.accounts[i]);
    // If the epoch has changed, an earlier failure did all this, and what began since has read the committed state.
    if (account.epoch != change.epochs[i]) continue;
    ++account.epoch;
    account.reload = true;
    account.failure = error;
    account.tidy();
  }
}

// Gives the accounts to the next changes in their queues.
void Changer::Impl::release(Change const& change) {
  std::vector<ChangePtr> ready;
  {
    std::lock_guard lock(mutex);
    for (AccountId id : change.accounts) {
      auto& account = accounts.at(id);
      account.queue.pop_front();
      account.running = false;
      account.tidy();
      if (account.idle()) {
        accounts.erase(id);
      } else if (!account.queue.empty()) {
        auto next = queued.find(account.queue.front());
        if (--next->second->waiting_for > 0) continue;
        ready.push_back(std::move(next->second));
        queued.erase(next);
      }
    }
  }
  for (auto& next : ready) post(std::move(next));
}

void Changer::Impl::note_outcome(Change const& change, Result<> const& outcome) {
  std::lock_guard lock(mutex);
  if (!outcome) invalidate(change, outcome.error());
  for (AccountId id : change.accounts) {
    auto& account = accounts.at(id);
    --account.in_flight;
    if (outcome) account.committed = change.number;
    account.tidy();
    if (account.idle()) accounts.erase(id);
  }
}

// On the commit thread.
void Changer::Impl::committed(Change& change, Result<> outcome) {
  note_outcome(change, outcome);
  if (outcome) {
    for (auto& callback : change.after_commit) callback();
  }
  finish(change, std::move(outcome));
  leave();
}

void Changer::Impl::finish(Change& change, Result<> outcome) {
  change.task.finish(std::move(outcome));
  change.task = {};  // what fn captured goes before the changer does
  change.after_commit.clear();
}

void Changer::Impl::leave() {
  std::lock_guard lock(mutex);
  if (--unfinished == 0) all_done.notify_all();
}

Changer::Changer(KeyValue& engine, Committer& committer, Executor& pool)
    : impl_(std::make_unique<Impl>(engine, committer, pool)) {}

Changer::~Changer() {
  std::unique_lock lock(impl_->mutex);
  impl_->all_done.wait(lock, [&] { return impl_->unfinished == 0; });
}

void Changer::enqueue(std::vector<AccountId> accounts, Lane lane, Task task) {
  std::ranges::sort(accounts);
  auto const repeated = std::ranges::unique(accounts);
  accounts.erase(repeated.begin(), repeated.end());
  YUBIN_ASSERT(accounts.size() <= kMaxAccounts);
  impl_->enqueue(std::make_shared<Impl::Change>(std::move(accounts), lane, std::move(task)));
}

}  // namespace yubin::kv
