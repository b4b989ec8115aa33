// The mailboxes of an account being changed within a batch: names, identifiers, UIDVALIDITY. Private to the store.
#pragma once

#include <optional>

#include "base/unique_id.h"
#include "kv/changer.h"
#include "store/records.h"
#include "store/types.h"

namespace yubin::store {

// Opened, used, finished; not together with a MailboxEdit of the same account. Every name keeps a row with the highest
// UIDVALIDITY that it had, so that it never goes backwards for a name, whatever was removed and renamed meanwhile.
class MailboxTree {
 public:
  // `now`: seconds since 1970. Errors: not_found (no such account).
  static Result<MailboxTree> open(kv::Changes& changes, AccountId account, UniqueIds& ids, std::int64_t now);
  // Of an account that is not there yet.
  static MailboxTree fresh(kv::Changes& changes, AccountId account, UniqueIds& ids, std::int64_t now);

  // With the levels above. Errors: conflict, limit.
  Result<Mailbox> create(MailboxName const& name, SpecialUse use, bool subscribed);
  // With what is below; `to` and all below it must be free, the levels above `to` are made. Errors: limit.
  Result<> rename(Mailbox const& mailbox, MailboxName const& to);
  // The mailbox row and its name; the messages are the caller's, but their usage is given back.
  Result<> remove(Mailbox const& mailbox);
  // Whether there is a mailbox below.
  Result<bool> has_children(MailboxName const& name) const;

  // Puts the account's record.
  void finish();

 private:
  MailboxTree(kv::Changes& changes, AccountId account, AccountRecord record, UniqueIds& ids, std::int64_t now)
      : changes_(changes), account_(account), record_(record), ids_(ids), now_(now) {}

  Result<std::vector<Mailbox>> children(MailboxName const& name) const;
  Result<> create_parents(MailboxName const& name);
  Result<Mailbox> create_one(MailboxName const& name, SpecialUse use, bool subscribed);
  Result<> rename_one(Mailbox mailbox, MailboxName const& to);
  Result<> leave_name(Mailbox const& mailbox);
  Result<> take_name(Mailbox const& mailbox);
  Result<> forget_past_names();
  Result<UidValidity> next_uid_validity();
  Result<UidValidity> past_uid_validity(MailboxName const& name) const;

  kv::Changes& changes_;
  AccountId account_;
  AccountRecord record_;
  UniqueIds& ids_;
  std::int64_t now_;
};

}  // namespace yubin::store
