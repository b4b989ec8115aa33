// What a session believes about its selected mailbox: which message has which sequence number. The belief changes only
// when the client is told (tell.h), never behind its back.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/strong.h"
#include "imap/grammar.h"
#include "imap/uid_sequence.h"
#include "store/types.h"

namespace yubin::imap {

using SeqNum = Strong<struct SeqNumTag, std::uint32_t>;  // from 1; never stored

// Consecutive sequence numbers, both ends included.
struct SeqRange {
  SeqNum first;
  SeqNum last;
  friend bool operator==(SeqRange const&, SeqRange const&) = default;
};

enum class Numbers { sequence, uid };  // what the numbers of a set mean
enum class Access { read_write, read_only };

// One thread at a time. Memory: that of UidSequence; each session has its own.
class View {
 public:
  // `uids` ascending. What they and `mailbox` say may be of different moments, the mailbox's being the earlier one.
  View(store::Mailbox const& mailbox, std::span<store::Uid const> uids, Access access);

  store::MailboxId mailbox() const { return mailbox_; }
  store::UidValidity uid_validity() const { return uid_validity_; }
  Access access() const { return access_; }
  UidSequence const& uids() const { return uids_; }
  std::uint32_t exists() const { return uids_.size(); }

  store::Uid uid(SeqNum number) const { return uids_.at(number.value() - 1); }
  std::optional<SeqNum> find(store::Uid uid) const;

  // The set's messages that exist here, ascending, ranges joined. For sequence numbers beyond the last one (and for "*"
  // in an empty mailbox) Errc::limit; UIDs that do not exist are passed over (RFC 9051 section 6.4.9).
  Result<std::vector<SeqRange>> resolve(SequenceSet const& set, Numbers numbers) const;
  // The same for SEARCH, where a number that is not in use is a key that matches nothing: clients send "1:*" to empty
  // mailboxes.
  std::vector<SeqRange> find_all(SequenceSet const& set, Numbers numbers) const;
  // Those of `uids`.
  std::vector<SeqRange> find_all(std::span<store::UidRange const> uids) const;
  // The same messages as UIDs. Between two of our UIDs no unknown one can lie: new ones are larger than all.
  std::vector<store::UidRange> uid_ranges(std::span<SeqRange const> ranges) const;
  std::vector<store::UidRange> all_uids() const;

  // The keywords that the client was told of; a KeywordId is an index.
  std::vector<std::string> const& keywords() const { return keywords_; }
  void set_keywords(std::vector<std::string> keywords) { keywords_ = std::move(keywords); }

  // Changes up to here are in this view, or pending.
  store::ModSeq modseq() const { return modseq_; }
  void set_modseq(store::ModSeq modseq) { modseq_ = modseq; }
  // What the client may believe it is up to date with: with expunges pending, less than modseq() (RFC 7162
  // section 3.2.4 wants the lower one told).
  store::ModSeq told_modseq() const { return told_modseq_; }
  void settle() {
    if (pending_.empty()) told_modseq_ = modseq_;
  }

  // What "$" stands for (RFC 5182 section 2.1); messages that go are no longer in it.
  void save_result(std::vector<store::UidRange> uids) { saved_ = std::move(uids); }

  // This state of a message was told (or must not be, as with .SILENT): tell_changes() passes over it once.
  void mark_told(store::Uid uid, store::ModSeq modseq) { told_.emplace_back(uid, modseq); }
  bool was_told(store::Uid uid, store::ModSeq modseq) const;
  void forget_told();

  // Removed from the mailbox, but not yet from this view: the client must not be told now.
  void add_pending_expunges(std::span<store::Uid const> uids);
  std::vector<store::Uid> const& pending_expunges() const { return pending_; }
  // Takes the pending ones out of the view; returns the sequence numbers they had, descending.
  std::vector<SeqNum> take_expunges();
  // Appends those of `uids` (ascending) that are newer than all this view ever had; returns how many.
  std::size_t add_new(std::span<store::Uid const> uids);
  bool is_new(store::Uid uid) const { return uid > last_uid_; }

 private:
  std::uint32_t largest(Numbers numbers) const;
  std::optional<SeqRange> between(store::Uid first, store::Uid last) const;

  store::MailboxId mailbox_;
  store::UidValidity uid_validity_;
  Access access_;
  UidSequence uids_;
  store::Uid last_uid_;  // the largest there ever was
  std::vector<std::string> keywords_;
  store::ModSeq modseq_;
  store::ModSeq told_modseq_;
  std::vector<store::UidRange> saved_;
  std::vector<std::pair<store::Uid, store::ModSeq>> told_;  // in UID order
  std::vector<store::Uid> pending_;                         // in UID order
};

}  // namespace yubin::imap
