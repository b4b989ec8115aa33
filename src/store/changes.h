// What a change does to mailboxes. Runs inside Store::change, on accounts of that change only; everything here becomes
// one batch, or nothing.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kv/bodies.h"
#include "kv/changer.h"
#include "store/types.h"

namespace yubin::store {

class Store;

inline constexpr std::size_t kMaxPrefix = 4096;         // bytes of a message's prefix
inline constexpr std::uint32_t kMaxMailboxes = 50'000;  // of an account

// How a quota holds. Mail that comes in may go over it once, by at most kQuotaGrace: a sender has been told that there
// is room before the size was known; mail that was accepted into the queue is delivered whatever has come since. The
// account's own doings may not.
enum class QuotaRule { strict, delivery, accepted };
inline constexpr std::uint64_t kQuotaGrace = 30 * 1024 * 1024;  // bytes

// A message about to be put into a mailbox.
struct NewMessage {
  std::string prefix;   // at most kMaxPrefix
  kv::SealedBody body;  // sealed and durable; its place row is written too, unless `place` is empty: written before
  std::string summary;  // as mime encodes it
  SystemFlags flags;
  std::vector<std::string> keywords;
  std::int64_t internal_date = 0;  // seconds since 1970
  std::int32_t internal_zone = 0;  // minutes east of UTC
  QuotaRule quota = QuotaRule::strict;
};

struct Appended {
  UidValidity uid_validity;
  Uid uid;
  MessageId id;
};

enum class FlagAction { replace, add, remove };
struct FlagChange {
  FlagAction action = FlagAction::replace;
  SystemFlags flags;
  std::vector<std::string> keywords;
  std::optional<ModSeq> unchanged_since;  // RFC 7162 section 3.1.3: leave messages changed after it alone
};
struct FlagsStored {
  std::vector<MessageState> states;  // as they are now, of those that exist, in UID order; also of those left alone
  std::vector<Uid> modified;         // left alone because of unchanged_since
};

struct Copied {
  UidValidity uid_validity;               // of the target
  std::vector<std::pair<Uid, Uid>> uids;  // source, target; in source order
};

class Changes {
 public:
  Changes(Store& store, kv::Changes& changes);
  ~Changes();

  // The batch below, for rows of other folders (journal) that must be written with this change.
  kv::Changes& kv() { return changes_; }

  // INBOX and the special-use mailboxes of a new account, all subscribed; does nothing if the account is there.
  Result<> create_account(AccountId account);
  // All mailboxes and messages of the account at once; where there are many, the rows of their contents stay until
  // empty_trash() has been through them.
  Result<> remove_account(AccountId account);
  // Erases what removed mailboxes, and a removed account, have left: at most `limit` messages; their bodies lose their
  // references. True: there is more.
  Result<bool> empty_trash(AccountId account, std::size_t limit = 1000);

  Result<std::optional<Mailbox>> find_mailbox(AccountId account, MailboxName const& name);
  Result<Mailbox> get_mailbox(AccountId account, MailboxId mailbox);
  // Also makes the levels above (RFC 9051 section 6.3.4). Errors: not_found (no account), conflict (exists), limit.
  Result<Mailbox> create_mailbox(AccountId account, MailboxName const& name, SpecialUse use = SpecialUse::none);
  // With its children, which keep their UIDVALIDITY unless the new name once had a higher one. Makes the levels above.
  // Errors: not_found, conflict (exists, or is below itself), denied (INBOX, which stays: its messages are moved, in
  // slices), limit.
  Result<> rename_mailbox(AccountId account, MailboxName const& from, MailboxName const& to);
  // Its subscription goes with it; of many messages the contents stay for empty_trash(). Errors: not_found, denied
  // (INBOX), conflict (has children).
  Result<> remove_mailbox(AccountId account, MailboxName const& name);
  Result<> set_subscribed(AccountId account, MailboxName const& name, bool subscribed);

  // Errors: not_found (mailbox gone), limit (UIDs or keywords used up; prefix or summary too long), syntax (keyword),
  // denied (over the account's quota; so for copy() and for move() from another account).
  Result<Appended> append(AccountId account, MailboxId mailbox, NewMessage const& message);
  // UIDs that do not exist are passed over, here and below.
  Result<FlagsStored> store_flags(AccountId account, MailboxId mailbox, std::span<UidRange const> uids,
                                  FlagChange const& change);
  // Of the messages in `uids` those with \Deleted; all of them when `only_deleted` is false.
  Result<std::vector<Uid>> expunge(AccountId account, MailboxId mailbox, std::span<UidRange const> uids,
                                   bool only_deleted = true);
  Result<Copied> copy(AccountId from_account, MailboxId from, std::span<UidRange const> uids, AccountId to_account,
                      MailboxId to);
  Result<Copied> move(AccountId from_account, MailboxId from, std::span<UidRange const> uids, AccountId to_account,
                      MailboxId to);

  // Erases the thread keys of `range` (of one account) that no message had since that day; a message that comes later
  // begins a thread of its own.
  Result<> forget_threads(kv::Range const& range, std::uint32_t unused_since);

  // Forgets what happened up to a mod-sequence; changes_since() an earlier one is incomplete from then on.
  Result<> trim_change_log(AccountId account, MailboxId mailbox, ModSeq up_to);

 private:
  std::int64_t now() const;  // seconds since 1970
  Result<> check_quota(AccountId account, Usage const& used, Usage const& more, QuotaRule rule) const;
  Result<Copied> copy_messages(AccountId from_account, MailboxId from, std::span<UidRange const> uids,
                               AccountId to_account, MailboxId to, bool adds_to_usage);
  Result<> throw_away(AccountId account, MailboxId mailbox, kv::Range const& cards);
  void changed(AccountId account);  // its subscribers are told after the commit
  void place_body(kv::SealedBody const& body);
  Result<> put_card(AccountId account, MailboxId mailbox, Uid uid, Card const& card);
  enum class Bodies { may_be_unused, in_use };  // after the cards that referred to them are gone
  Result<std::vector<Uid>> remove_messages(AccountId account, MailboxId mailbox, std::span<UidRange const> uids,
                                           bool only_deleted, Bodies bodies);
  Result<> erase_cards(AccountId account, MailboxId mailbox, std::vector<Uid> const& uids, Bodies bodies);
  Result<> erase_messages(AccountId account, MailboxId mailbox);
  Result<bool> erase_contents(AccountId account, kv::Range const& cards, std::size_t limit);

  Store& store_;
  kv::Changes& changes_;
  std::vector<AccountId> changed_;  // those whose subscribers will be told
  std::vector<kv::BodyId> placed_;  // bodies whose place this change has put
};

}  // namespace yubin::store
