// The store of messages: mailboxes, messages, flags, UIDs, mod-sequences, for all accounts of this server.
//
// Reading is synchronous and sees committed state; it belongs on the storage pool. Two calls may see two states: what
// get_mailbox() counted need not be what uids() then finds. A session that keeps a view of a mailbox updates it by
// changes_since() from the HIGHESTMODSEQ that it got before. Changing is a function on accounts
// (kv/changer.h) that gets a store::Changes. Both are safe from any thread.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/clock.h"
#include "base/session.h"
#include "base/unique_id.h"
#include "kv/bodies.h"
#include "kv/changer.h"
#include "store/changes.h"
#include "store/types.h"

namespace yubin::store {

template <class T>
using Ticket = kv::Ticket<T>;

// What happened in a mailbox after a mod-sequence (RFC 7162 section 3.2.5).
struct ChangesSince {
  Mailbox mailbox;                    // its counters now
  std::vector<MessageState> changed;  // new or with other flags, in UID order
  std::vector<Uid> expunged;          // in UID order; not those that came and went since
  bool complete = true;               // false: the change log does not reach back so far; compare with the full state
};

// The same without reading a single message, so that much can have happened: both in ascending ranges that do not
// touch.
struct LoggedSince {
  Mailbox mailbox;
  std::vector<UidRange> touched;   // new or perhaps with other flags; if not complete all UIDs below the mailbox's next
  std::vector<UidRange> expunged;  // also what came and went since; none if not complete
  std::optional<Uid> first_added;  // nobody who has seen nothing since knows this one or any above it
  bool complete = true;
};

// Ends when it is destroyed; the waker may still be called once by a commit that is under way.
class Subscription {
 public:
  Subscription() = default;
  explicit Subscription(std::move_only_function<void()> end) : end_(std::move(end)) {}
  Subscription(Subscription&& other) noexcept : end_(std::exchange(other.end_, nullptr)) {}
  Subscription& operator=(Subscription&& other) noexcept;
  ~Subscription() {
    if (end_) end_();
  }

 private:
  std::move_only_function<void()> end_;
};

class Store {
 public:
  struct Services {
    kv::KeyValue& key_value;
    kv::Bodies& bodies;
    kv::Changer& changer;
    Clock& clock;
    UniqueIds& ids;
    // What an account may hold; none: no limits. Called within changes and beside them, on any thread.
    std::function<Result<Quota>(AccountId)> quota{};
  };
  explicit Store(Services services);
  ~Store();

  // Runs fn(Changes&) -> Result<T> on the accounts (at most 64) and delivers T after the sync.
  template <class T, class Fn>
  Ticket<T> change(std::vector<AccountId> accounts, Lane lane, Fn fn) {
    return services_.changer.change<T>(std::move(accounts), lane,
                                       [this, fn = std::move(fn)](kv::Changes& changes) mutable {
                                         Changes wrapped(*this, changes);
                                         return fn(wrapped);
                                       });
  }

  // All mailboxes in the order of their names.
  Result<std::vector<Mailbox>> mailboxes(AccountId account) const;
  Result<std::optional<Mailbox>> find_mailbox(AccountId account, MailboxName const& name) const;
  // Errc::not_found when it has been removed.
  Result<Mailbox> get_mailbox(AccountId account, MailboxId mailbox) const;

  // What quotas count. Errors: not_found (no such account).
  Result<Usage> usage(AccountId account) const;
  Result<Quota> quota(AccountId account) const;
  // Whether mail for the account would be taken now. An account that has no mailboxes yet has room.
  Result<bool> has_room(AccountId account) const;

  // The UIDs that exist, ascending.
  Result<std::vector<Uid>> uids(AccountId account, MailboxId mailbox) const;
  // In UID order; read large ranges in pieces: at most `limit` entries are returned.
  Result<std::vector<MessageState>> states(AccountId account, MailboxId mailbox, UidRange range,
                                           std::size_t limit = 4096) const;
  Result<std::vector<std::pair<Uid, Card>>> cards(AccountId account, MailboxId mailbox, UidRange range,
                                                  std::size_t limit = 256) const;
  Result<std::optional<Card>> find_card(AccountId account, MailboxId mailbox, Uid uid) const;
  // Bytes of prefix + body from `offset`, at most `length`. Works for a while after an EXPUNGE too.
  Result<std::string> read(Card const& card, std::uint64_t offset, std::size_t length) const;
  // Of each card the whole body, if it is one of those small ones that many of are read at once
  // (kv::Bodies::read_small).
  Result<std::vector<std::optional<std::string>>> small_bodies(std::span<std::pair<Uid, Card> const> cards) const;

  Result<ChangesSince> changes_since(AccountId account, MailboxId mailbox, ModSeq since) const;
  Result<LoggedSince> logged_since(AccountId account, MailboxId mailbox, ModSeq since) const;

  // `waker` is woken (WakeReason::changed) after each commit that changed the account.
  Subscription subscribe(AccountId account, std::shared_ptr<Waker> waker);

  // A new body, to be sealed and then named in a NewMessage.
  Result<std::unique_ptr<kv::BodyWriter>> begin_body() { return services_.bodies.begin(); }

 private:
  friend class Changes;
  struct Subscribers;

  Services services_;
  std::shared_ptr<Subscribers> subscribers_;
};

}  // namespace yubin::store
