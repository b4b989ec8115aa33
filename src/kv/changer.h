// A change is a function on accounts: `change({a, b}, fn)` runs fn(Changes&) on the storage pool while no other change
// of a or b runs, commits what it put as one batch, and delivers its result by a ticket after the sync.
//
//   Ticket<Uid> ticket = changer.change<Uid>({account}, Lane::delivery, [=](Changes& changes) -> Result<Uid> { … });
//
// Changes of one account are serial; a busy account queues its changes and holds no thread. A change does not wait for
// the commit of the one before: it sees what that one put (the overlay). If a batch fails, all later ones of its
// accounts fail with it (also a change that is running just then), and the overlay of those accounts is dropped, so
// that the next change reads the committed state again. Everybody else (sessions, IDLE, push) sees committed state
// only.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/executor.h"
#include "base/result.h"
#include "kv/committer.h"
#include "kv/key_value.h"
#include "kv/ticket.h"

namespace yubin::kv {

class Overlay;

// What fn sees and adds to. Lives only while fn runs; fn keeps no reference to it.
class Changes {
 public:
  // Committed state, earlier uncommitted changes of the accounts of this change, and this change's own puts.
  // Keys of other accounts: committed state.
  Result<std::optional<std::string>> get(Table table, std::string_view key) const;
  // As KeyValue::scan, but a last page may be empty.
  Result<Page> scan(Table table, Range const& range, Limit limit) const;

  // Keys of the accounts of this change only (kv::account_of): anything else would race with other changes.
  void put(Table table, std::string key, std::string value);
  void erase(Table table, std::string key);
  void erase_range(Table table, Range range);  // within one of the accounts
  // A row under a unique key that belongs to no account (journal, queue, body references); nobody reads it in a change.
  void put_blind(Table table, std::string key, std::string value);
  void erase_blind(Table table, std::string key);

  // Runs after the batch is committed, on the commit thread, before the ticket is done, in the order of adding; not at
  // all if the batch fails. Must be quick. This is how subscribers are told.
  void after_commit(std::move_only_function<void()> callback);

 private:
  friend class Changer;
  Changes(KeyValue const& engine, std::vector<AccountId> const& accounts, std::vector<Overlay const*> overlays);
  ~Changes();

  void check_own(Table table, std::string_view first_key, std::string_view last_key) const;
  void add(Batch::Operation operation);

  KeyValue const& engine_;
  std::vector<AccountId> const& accounts_;  // sorted
  std::vector<Overlay const*> overlays_;    // what is not committed yet, one an account
  std::unique_ptr<Overlay> own_;            // what this change put
  Batch batch_;
  std::vector<std::move_only_function<void()>> after_commit_;
};

class Changer {
 public:
  static constexpr std::size_t kMaxAccounts = 64;  // more recipients go through the queue

  // All outlive this. Destroying it waits until all changes are done and their tickets finished.
  Changer(KeyValue& engine, Committer& committer, Executor& pool);
  ~Changer();

  // fn reads what it needs and puts; it waits for nothing, has no other side effect, owns its captures, and may run
  // again from the start. An Error from it drops what it put and is the ticket's result. Changes run in the order of
  // these calls as far as they share an account. Without accounts only blind rows can be put. Any thread.
  template <class T, class Fn>
  Ticket<T> change(std::vector<AccountId> accounts, Lane lane, Fn fn);

 private:
  // What a change does once its result is known to be good or bad.
  struct Task {
    std::move_only_function<Result<>(Changes&)> run;  // fn, keeping its value aside
    std::move_only_function<void(Result<>)> finish;   // completes the ticket with the value or the error
  };
  void enqueue(std::vector<AccountId> accounts, Lane lane, Task task);

  struct Impl;
  std::unique_ptr<Impl> impl_;
};

template <class T, class Fn>
Ticket<T> Changer::change(std::vector<AccountId> accounts, Lane lane, Fn fn) {
  Ticket<T> ticket = Ticket<T>::make();
  auto value = std::make_shared<std::optional<Result<T>>>();
  Task task;
  task.run = [value, fn = std::move(fn)](Changes& changes) mutable -> Result<> {
    value->emplace(fn(changes));
    if (!**value) return std::unexpected((*value)->error());
    return {};
  };
  task.finish = [value, ticket](Result<> committed) {
    if (committed) {
      ticket.finish(std::move(**value));
    } else {
      ticket.finish(std::unexpected(std::move(committed).error()));
    }
  };
  enqueue(std::move(accounts), lane, std::move(task));
  return ticket;
}

}  // namespace yubin::kv
