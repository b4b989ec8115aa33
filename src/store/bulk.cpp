#include "store/bulk.h"

#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "store/uid_ranges.h"

namespace yubin::store {

namespace {

constexpr std::size_t kUnderWay = 4;  // slices; what others of the account wait for at most

using Slice = std::vector<UidRange>;

// `uids` cut where each slice has `size` messages that exist now.
Result<std::vector<Slice>> cut(Store const& store, AccountId account, MailboxId mailbox, Slice const& uids,
                               std::size_t size) {
  Slice const wanted = normalized(uids);
  if (count_uids(wanted) <= size) return std::vector<Slice>{wanted};
  TRY(std::vector<Uid> existing, store.uids(account, mailbox));
  RisingMembership membership(wanted);
  std::vector<Slice> slices(1);
  std::size_t count = 0;
  for (Uid uid : existing) {
    if (!membership.contains(uid)) continue;
    if (count == size) {
      slices.emplace_back();
      count = 0;
    }
    append_uid(slices.back(), uid);
    ++count;
  }
  return slices;
}

// Runs the slices, some ahead; lives until the last one is done.
template <class T>
class Bulk : public std::enable_shared_from_this<Bulk<T>> {
 public:
  using One = std::function<Result<T>(Changes&, Slice const&)>;
  using Merge = std::function<void(T&, T&&)>;
  using Finish = std::function<void(Result<T>)>;

  Bulk(Store& store, AccountId account, std::vector<Slice> slices, One one, Merge merge, Finish finish)
      : store_(store),
        account_(account),
        slices_(std::move(slices)),
        one_(std::move(one)),
        merge_(std::move(merge)),
        finish_(std::move(finish)) {}

  void start() {
    for (std::size_t i = 0; i < kUnderWay; ++i) begin_next();
  }

 private:
  // Changes of one account are done in the order in which they are begun, so both go under one lock.
  void begin_next() {
    std::scoped_lock const lock(mutex_);
    if (next_ == slices_.size() || error_) return;
    auto run = [one = one_, slice = slices_[next_]](Changes& changes) { return one(changes, slice); };
    ++next_;
    ++under_way_;
    Ticket<T> const ticket = store_.change<T>({account_}, Lane::reading, std::move(run));
    ticket.completion().on_done([self = this->shared_from_this(), ticket] { self->done(ticket.take()); });
  }

  void done(Result<T> result) {
    if (take(std::move(result))) return finish_(error_ ? Result<T>(std::unexpected(*error_)) : Result<T>(all_));
    begin_next();
  }

  // True: it was the last one.
  bool take(Result<T> result) {
    std::scoped_lock const lock(mutex_);
    --under_way_;
    if (result) {
      merge_(all_, *std::move(result));
    } else if (!error_) {
      error_ = std::move(result).error();
    }
    return under_way_ == 0 && (error_ || next_ == slices_.size());
  }

  Store& store_;
  AccountId const account_;
  std::vector<Slice> const slices_;
  One const one_;
  Merge const merge_;
  Finish const finish_;
  std::recursive_mutex mutex_;  // a change may be done before it has been begun quite
  std::size_t next_ = 0;
  std::size_t under_way_ = 0;
  T all_{};
  std::optional<Error> error_;
};

template <class T>
void run_bulk(Store& store, AccountId account, std::vector<Slice> slices, typename Bulk<T>::One one,
              typename Bulk<T>::Merge merge, typename Bulk<T>::Finish finish) {
  std::make_shared<Bulk<T>>(store, account, std::move(slices), std::move(one), std::move(merge), std::move(finish))
      ->start();
}

template <class T>
void append(std::vector<T>& all, std::vector<T>&& more) {
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

// A COPY that failed leaves nothing behind.
void take_back(Store& store, AccountId account, MailboxId target, Copied const& copied, std::function<void()> then) {
  Slice uids;
  for (auto const& [from, to] : copied.uids) append_uid(uids, to);
  if (uids.empty()) return then();
  Ticket<std::vector<Uid>> const undone = bulk_expunge(store, account, target, std::move(uids), false);
  undone.completion().on_done([undone, then = std::move(then)] {
    (void)undone.take();  // the copy has failed already; what cannot be taken back stays visible
    then();
  });
}

}  // namespace

Ticket<StoredInBulk> bulk_store_flags(Store& store, AccountId account, MailboxId mailbox, std::vector<UidRange> uids,
                                      FlagChange change) {
  auto slices = cut(store, account, mailbox, uids, kSliceOfFlags);
  if (!slices) return Ticket<StoredInBulk>::failed(std::move(slices).error());
  auto one = [account, mailbox, change = std::move(change)](Changes& changes,
                                                            Slice const& slice) -> Result<StoredInBulk> {
    TRY(Mailbox const before, changes.get_mailbox(account, mailbox));
    TRY(FlagsStored flags, changes.store_flags(account, mailbox, slice, change));
    TRY(Mailbox const after, changes.get_mailbox(account, mailbox));
    return StoredInBulk{std::move(flags), before.highest_modseq, after.highest_modseq};
  };
  // Called in the order of the slices: changes of one account are committed in theirs.
  auto merge = [first = true, slices = slices->size()](StoredInBulk& all, StoredInBulk&& part) mutable {
    if (std::exchange(first, false)) {
      all = std::move(part);
      if (slices > 1) all.flags.states.reserve(slices * kSliceOfFlags);
      return;
    }
    all.undivided = all.undivided && all.after == part.before;
    all.after = part.after;
    append(all.flags.states, std::move(part.flags.states));
    append(all.flags.modified, std::move(part.flags.modified));
  };
  Ticket<StoredInBulk> ticket = Ticket<StoredInBulk>::make();
  run_bulk<StoredInBulk>(store, account, *std::move(slices), std::move(one), std::move(merge),
                         [ticket](Result<StoredInBulk> all) { ticket.finish(std::move(all)); });
  return ticket;
}

Ticket<std::vector<Uid>> bulk_expunge(Store& store, AccountId account, MailboxId mailbox, std::vector<UidRange> uids,
                                      bool only_deleted) {
  using Uids = std::vector<Uid>;
  auto slices = cut(store, account, mailbox, uids, kSliceOfMessages);
  if (!slices) return Ticket<Uids>::failed(std::move(slices).error());
  auto one = [account, mailbox, only_deleted](Changes& changes, Slice const& slice) {
    return changes.expunge(account, mailbox, slice, only_deleted);
  };
  auto merge = [](Uids& all, Uids&& part) { append(all, std::move(part)); };
  Ticket<Uids> ticket = Ticket<Uids>::make();
  run_bulk<Uids>(store, account, *std::move(slices), one, merge,
                 [ticket](Result<Uids> all) { ticket.finish(std::move(all)); });
  return ticket;
}

Ticket<std::optional<Copied>> bulk_transfer(Store& store, Transfer transfer, AccountId account, MailboxId from,
                                            std::vector<UidRange> uids, MailboxName to) {
  using Outcome = std::optional<Copied>;
  auto target = store.find_mailbox(account, to);
  if (!target) return Ticket<Outcome>::failed(std::move(target).error());
  if (!*target) return Ticket<Outcome>::done_with(Outcome());
  auto slices = cut(store, account, from, uids, kSliceOfMessages);
  if (!slices) return Ticket<Outcome>::failed(std::move(slices).error());

  auto one = [=, to = (*target)->id](Changes& changes, Slice const& slice) {
    return transfer == Transfer::copy ? changes.copy(account, from, slice, account, to)
                                      : changes.move(account, from, slice, account, to);
  };
  // Kept beside the result too, because a failed COPY is taken back.
  auto so_far = std::make_shared<Copied>();
  auto merge = [so_far](Copied& all, Copied&& part) {
    all.uid_validity = part.uid_validity;
    so_far->uids.insert(so_far->uids.end(), part.uids.begin(), part.uids.end());
    append(all.uids, std::move(part.uids));
  };
  Ticket<Outcome> ticket = Ticket<Outcome>::make();
  auto finish = [&store, ticket, so_far, transfer, account, to = (*target)->id](Result<Copied> all) {
    if (all) return ticket.finish(Outcome(*std::move(all)));
    auto fail = [ticket, error = all.error()] { ticket.finish(std::unexpected(error)); };
    if (transfer == Transfer::move) return fail();
    take_back(store, account, to, *so_far, fail);
  };
  run_bulk<Copied>(store, account, *std::move(slices), one, merge, finish);
  return ticket;
}

}  // namespace yubin::store
