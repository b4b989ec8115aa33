// One mailbox being changed within a batch: keeps its states, counters, change log and the account's usage in step.
// Private to the store.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kv/changer.h"
#include "store/records.h"
#include "store/types.h"

namespace yubin::store {

// Opened, used for one kind of change, finished; at most one at a time on an account, because each holds the account's
// and the mailbox's record until finish() puts them. Without finish() nothing of the mailbox's record is written.
class MailboxEdit {
 public:
  // `now`: seconds since 1970. Errors: not_found (no such mailbox).
  static Result<MailboxEdit> open(kv::Changes& changes, AccountId account, MailboxId mailbox, LogKind kind,
                                  std::int64_t now);

  Mailbox const& mailbox() const { return mailbox_; }
  Usage const& usage() const { return record_.usage; }

  // Their ids, ascending; unknown ones are added to the mailbox. Errors: limit, syntax.
  Result<std::vector<KeywordId>> keyword_ids(std::span<std::string const> keywords);

  // A new message: gives it the next UID and a mod-sequence. Errors: limit (no UID left).
  Result<Uid> add(MessageState state);

  enum class Verdict { keep, changed, remove };
  using Decide = std::function<Verdict(MessageState&)>;
  // Calls decide for each message of `uids` in UID order; it may change flags and keywords. A changed one then has a
  // new mod-sequence, and `after` is called with every one as it is now; not with those removed.
  Result<> visit(std::span<UidRange const> uids, Decide const& decide,
                 std::function<void(MessageState const&)> const& after = {});

  // Puts what is left to put. False if no message was added, changed or removed; then nothing is put.
  Result<bool> finish();

 private:
  MailboxEdit(kv::Changes& changes, AccountId account, AccountRecord record, Mailbox mailbox, LogEntry entry);

  Result<KeywordId> keyword_id(std::string const& keyword);
  Verdict change(MessageState& state, Decide const& decide);
  Result<> load_tail(std::uint32_t chunk);
  void put_tail();
  void put_states(std::uint32_t chunk, std::vector<MessageState> const& states);
  Result<> mark(Uid uid, bool present);
  void put_block();
  void count(SystemFlags flags, std::uint64_t size);
  void uncount(SystemFlags flags, std::uint64_t size);
  ModSeq log(Uid uid);
  void put_log_entry();

  kv::Changes& changes_;
  AccountId account_;
  AccountRecord record_;
  Mailbox mailbox_;
  ModSeq modseq_;
  LogEntry entry_;                           // what has happened under modseq_
  std::optional<std::uint32_t> tail_chunk_;  // the row that add() adds to, kept until it is full
  std::vector<MessageState> tail_;
  std::optional<std::uint32_t> block_;  // the row of UIDs that is being changed
  UidBits block_uids_;
};

}  // namespace yubin::store
