// Mends what verify.h and verification.h find in one account, as far as it can be derived from what is left.
//
// A message is its card (content) and its state (flags, dates). What can be counted is counted again; a state is made
// anew for a card that has none, a card for a state whose body is still referred to. Where the past is unclear the
// change log is dropped, and clients compare anew. Nothing that can be read is thrown away, but the log.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "kv/bodies.h"
#include "kv/changer.h"
#include "store/keys.h"
#include "store/records.h"
#include "store/types.h"

namespace yubin::store {

// Within one change of the account: mends it, and erases those of `references` that are those of no card. What was
// done, one sentence each; none: there was nothing to mend. Memory: some 200 bytes a message.
Result<std::vector<std::string>> repair_account(kv::Changes& changes, kv::Bodies const& bodies, UniqueIds& ids,
                                                AccountId account, std::int64_t now,
                                                std::span<BodyRefKey const> references);

// Private to repair.cpp.
class AccountRepair {
 public:
  AccountRepair(kv::Changes& changes, kv::Bodies const& bodies, UniqueIds& ids, AccountId account, std::int64_t now)
      : changes_(changes), bodies_(bodies), ids_(ids), account_(account), now_(now) {}

  Result<std::vector<std::string>> run(std::span<BodyRefKey const> references);

 private:
  struct Box {
    std::optional<Mailbox> stored;
    Mailbox record;
    std::map<Uid, MessageState> states;
    std::map<Uid, Card> cards;  // without their summaries
    std::map<std::uint32_t, UidBits> listed;
    std::set<Uid> touched;  // whose state is to be written again
    std::set<Uid> expunged;
    std::map<Uid, ModSeq> logged;
    ModSeq last_entry;
    Uid last_logged{0};
    bool log_damaged = false;
  };

  Result<> load();
  Result<> take(kv::Row const& row);
  Result<> take_unreadable(kv::Row const& row);
  Result<> take_log(kv::Row const& row);

  Result<> erase_references(std::span<BodyRefKey const> references);
  Result<> find_lost_cards();
  Result<> make_card(MailboxId mailbox, Uid uid, kv::BodyId body);
  void make_records();
  void erase_leftovers(MailboxId id);
  Mailbox make_record(MailboxId id, Box const& box);

  Result<> mend_messages(MailboxId id, Box& box);
  void mend_state(Box& box, MessageState& state);
  Result<> mend_lone_card(MailboxId id, Box& box, Uid uid, Card const& card);
  Result<> mend_reference(MailboxId id, Uid uid, Card const& card);
  void mend_numbers(Box& box);
  bool log_agrees(Box const& box) const;
  void mend_log(Box& box);
  void mend_list(MailboxId id, Box const& box);
  void put_states(MailboxId id, Box const& box);

  void mend_names();
  void give_name(Box& box);
  Result<> mend_account();
  Result<> make_missing_mailboxes();
  ModSeq fresh_modseq();

  void did(std::string sentence);
  void did(Box const& box, std::string const& sentence);

  kv::Changes& changes_;
  kv::Bodies const& bodies_;
  UniqueIds& ids_;
  AccountId account_;
  std::int64_t now_;
  bool any_row_ = false;
  std::set<MailboxId> trash_;  // removed; not ours to mend
  std::optional<AccountRecord> stored_;
  AccountRecord record_;
  std::map<MailboxId, Box> boxes_;
  std::map<std::string, NameRecord> names_;
  std::optional<ModSeq> fresh_;  // what all that is mended gets
  std::vector<std::string> done_;
};

}  // namespace yubin::store
