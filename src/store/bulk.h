// Changes of many messages, in slices: a COPY of a hundred thousand messages is a hundred changes, and between any two
// of them others of the account have their turn. Some slices are under way at once, so that none waits for the sync of
// the one before.
//
// Each message is changed as a whole or not at all (RFC 6851 section 3.3), but others may see some changed and some not
// yet. A slice that fails ends the work: what earlier ones did stays, except of a COPY, whose target is put back (RFC
// 9051 section 6.4.7). Once begun, the work goes on even if nobody waits for it any more.
//
// On the storage pool: they read which messages there are. The store outlives them.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "store/store.h"

namespace yubin::store {

inline constexpr std::size_t kSliceOfMessages = 1000;
// Where flags change: less than a tenth of what a message costs that is copied or removed.
inline constexpr std::size_t kSliceOfFlags = 2500;

struct StoredInBulk {
  FlagsStored flags;
  // The mailbox's HIGHESTMODSEQ before this and after it. From one to the other nobody else has changed the mailbox, if
  // `undivided`; between two slices somebody may have.
  ModSeq before;
  ModSeq after;
  bool undivided = true;
};

// As the functions of Changes.
Ticket<StoredInBulk> bulk_store_flags(Store& store, AccountId account, MailboxId mailbox, std::vector<UidRange> uids,
                                      FlagChange change);
Ticket<std::vector<Uid>> bulk_expunge(Store& store, AccountId account, MailboxId mailbox, std::vector<UidRange> uids,
                                      bool only_deleted = true);

enum class Transfer { copy, move };
// Within an account. None: there is no mailbox `to`.
Ticket<std::optional<Copied>> bulk_transfer(Store& store, Transfer transfer, AccountId account, MailboxId from,
                                            std::vector<UidRange> uids, MailboxName to);

}  // namespace yubin::store
