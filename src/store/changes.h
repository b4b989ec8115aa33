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

// A message about to be put into a mailbox.
struct NewMessage {
  std::string prefix;   // at most 4 KiB
  kv::SealedBody body;  // sealed and durable; its place row is written with the first message that uses it
  std::string summary;  // as mime encodes it
  SystemFlags flags;
  std::vector<std::string> keywords;
  std::int64_t internal_date = 0;  // seconds since 1970
  std::int32_t internal_zone = 0;  // minutes east of UTC
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
  std::vector<MessageState> states;  // as they are now, of those that exist, in UID order
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

  // INBOX and the special-use mailboxes of a new account; does nothing if they exist.
  Result<> create_account(AccountId account);
  // All mailboxes and messages of the account; its bodies lose their references.
  Result<> remove_account(AccountId account);

  Result<std::optional<Mailbox>> find_mailbox(AccountId account, MailboxName const& name);
  Result<Mailbox> get_mailbox(AccountId account, MailboxId mailbox);
  // Also makes the levels above (RFC 9051 section 6.3.4). Errors: conflict (exists), limit.
  Result<Mailbox> create_mailbox(AccountId account, MailboxName const& name, SpecialUse use = SpecialUse::none);
  // With its children; renaming INBOX moves its messages (RFC 9051 section 6.3.6). Errors: not_found, conflict.
  Result<> rename_mailbox(AccountId account, MailboxName const& from, MailboxName const& to);
  // Errors: not_found, denied (INBOX), conflict (has children).
  Result<> remove_mailbox(AccountId account, MailboxName const& name);
  Result<> set_subscribed(AccountId account, MailboxName const& name, bool subscribed);

  // Errors: not_found (mailbox gone), limit (UIDs or keywords used up).
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

 private:
  Store& store_;
  kv::Changes& changes_;
};

}  // namespace yubin::store
