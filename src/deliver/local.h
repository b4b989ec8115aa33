// Puts an accepted message into the mailboxes of its recipients: one change, one commit, the journal's entry in it.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "journal/journal.h"
#include "kv/bodies.h"
#include "kv/ticket.h"
#include "mime/address.h"
#include "store/store.h"

namespace yubin::deliver {

struct LocalRecipient {
  kv::AccountId account;
  std::string address;  // as the peer sent it
};

// A message whose body is durable, and all that is known of its way here.
struct LocalMessage {
  kv::SealedBody body;
  std::string summary;                     // as mime encodes it
  std::string trace;                       // our Received field up to and without "for" and date
  std::string reverse_path;                // without brackets; empty: the null reverse-path
  std::vector<LocalRecipient> recipients;  // at most kv::Changer::kMaxAccounts different accounts
  journal::Entry entry;                    // complete but for the recipients' fates; its id is the message's for people
};

class LocalDelivery {
 public:
  LocalDelivery(store::Store& store, Clock const& clock) : store_(store), clock_(clock) {}

  // Each account gets the message once into its INBOX, also if several of its addresses were named. Done when the
  // messages and the entry are durable; then the entry's id. On an error nothing was stored. Any thread.
  kv::Ticket<journal::EntryId> deliver(LocalMessage message);

 private:
  store::Store& store_;
  Clock const& clock_;
};

}  // namespace yubin::deliver
