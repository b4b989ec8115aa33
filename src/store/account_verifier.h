// Counts one account's rows again. Private to the store (verify.h).
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "kv/key_value.h"
#include "store/keys.h"
#include "store/records.h"
#include "store/types.h"

namespace yubin::store {

// Given the account's rows in key order, then finished.
class AccountVerifier {
 public:
  AccountVerifier(kv::KeyValue const& engine, AccountId account) : engine_(&engine), account_(account) {}

  Result<> take(kv::Row const& row);
  std::size_t messages() const;  // so far
  std::vector<std::string> finish();

 private:
  // A message as its row of states has it, and what the other rows say of it.
  struct Seen {
    MessageState state;
    bool has_card = false;
    ModSeq last_logged;
  };
  struct Counted {
    Mailbox record;
    std::map<Uid, Seen> messages;
    std::set<Uid> expunged;  // by the change log
    Uid last_added{0};       // by the change log
    ModSeq last_entry;
    std::size_t listed = 0;  // in the rows of UIDs
  };

  Result<> take_row(kv::Row const& row);
  Result<> take_account(kv::Row const& row);
  Result<> take_mailbox(kv::Row const& row);
  Result<> take_name(kv::Row const& row);
  Result<> take_states(kv::Row const& row);
  Result<> take_card(kv::Row const& row);
  Result<> take_log(kv::Row const& row);
  Result<> take_uids(kv::Row const& row);
  Result<> take_trash(kv::Row const& row);
  static Result<> take_thread(kv::Row const& row);
  void take_logged(Counted& mailbox, ModSeq modseq, LogKind kind, Uid uid);

  void check_state(Counted const& mailbox, MessageState const& state);
  void check_mailbox(Counted const& mailbox);
  void check_counters(Counted const& mailbox);
  void check_log(Counted const& mailbox);
  void check_names();
  void check_account();
  void check_leftovers();
  bool was_removed() const { return !record_ && trash_.contains(kWholeAccount); }

  Counted* mailbox_of(MailboxId id, std::string_view what);
  std::string describe(Counted const& mailbox) const;
  void found(std::string sentence);

  kv::KeyValue const* engine_;
  AccountId account_;
  std::optional<AccountRecord> record_;
  std::map<MailboxId, Counted> mailboxes_;
  std::map<std::string, NameRecord> names_;
  std::map<MailboxId, std::size_t> leftovers_;  // cards of mailboxes that do not exist
  std::set<MailboxId> trash_;
  std::set<UidValidity> uid_validities_;
  std::set<UniqueId> object_ids_;
  std::vector<std::string> findings_;
  bool any_row_ = false;
};

}  // namespace yubin::store
