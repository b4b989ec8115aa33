// Puts an accepted message into the mailboxes of its recipients.
//
// Up to kv::Changer::kMaxAccounts mailboxes: one change, one commit, the journal's entry in it. More: one commit that
// holds the message in the queue, in parts of that many; the parts are delivered after it, each by a commit that also
// takes it out of the queue (queue/local_row.h), so a crash loses nothing and doubles nothing.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/upkeep.h"
#include "journal/journal.h"
#include "kv/bodies.h"
#include "kv/key_value.h"
#include "kv/ticket.h"
#include "queue/local_row.h"
#include "queue/outgoing.h"
#include "store/store.h"

namespace yubin::deliver {

// Tells the outgoing queue's use of a body (store/held_body.h) from those of parts.
inline constexpr std::uint32_t kOutgoingUse = 0xffffffff;

// A message whose body is durable, and all that is known of its way here.
struct LocalMessage {
  kv::SealedBody body;
  std::string summary;                         // as mime encodes it
  std::string trace;                           // our Received field up to and without "for" and date
  std::string reverse_path;                    // without brackets; empty: the null reverse-path
  std::vector<queue::LocalTarget> targets;     // an account may stand here several times and gets the message once
  std::vector<smtp::Recipient> outgoing{};     // recipients elsewhere; only if the delivery sends_out()
  std::optional<std::string> outgoing_from{};  // the reverse-path for them; none: the same
  smtp::MailParameters parameters{};           // for them
  std::vector<kv::Row> rows{};                 // of Table::queue, put in the same batch
  std::string outgoing_fields{};               // below our Received field in what they get; ends in CR LF
  journal::Entry entry;  // complete but for the recipients' fates; its id is the message's for people
};

class LocalDelivery {
 public:
  // All outlive this.
  LocalDelivery(store::Store& store, kv::KeyValue const& key_value, journal::Journal& journal, UniqueIds& ids,
                Clock const& clock);

  // Done when the message is durable, in the mailboxes or in the queue, and the entry with it; then the entry's id. On
  // an error nothing was stored. Any thread.
  kv::Ticket<journal::EntryId> deliver(LocalMessage message);

  // Recipients elsewhere are put into this queue, in the same batch. Set it before the first deliver(); it outlives
  // the store's changes.
  void send_through(queue::Outgoing& outgoing) { outgoing_ = &outgoing; }
  bool sends_out() const { return outgoing_ != nullptr; }

  // Called after each commit that put parts into the queue; must be quick. Set it before the first deliver();
  // what it uses outlives the store's changes.
  void on_queued(std::function<void()> callback);
  // Delivers one part of what is in the queue, also from before a restart: a slice for base/upkeep.h, which is the only
  // caller. A part that fails for now stays and is the run's error at its end. Blocks for the commit.
  Result<Turn> deliver_queued();

 private:
  kv::Ticket<journal::EntryId> deliver_now(LocalMessage message);
  kv::Ticket<journal::EntryId> enqueue(LocalMessage message);
  Result<> deliver_part(queue::LocalKey const& key, queue::LocalRow const& row);
  void put_outgoing(store::Changes& changes, LocalMessage const& message, journal::Entry& entry) const;
  Result<> deliver_one_by_one(queue::LocalKey const& key, queue::LocalRow row);
  std::int64_t now() const;

  store::Store& store_;
  kv::KeyValue const& key_value_;
  journal::Journal& journal_;
  UniqueIds& ids_;
  Clock const& clock_;
  queue::Outgoing* outgoing_ = nullptr;
  std::shared_ptr<std::function<void()> const> on_queued_;  // shared with commits that may outlive this
  std::string next_;                                        // where this run goes on
  Result<> run_ = {};                                       // the first failure of this run
};

}  // namespace yubin::deliver
