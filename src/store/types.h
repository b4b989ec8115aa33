// The words of a mailbox: identifiers, flags, names, what is known of a message.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/strong.h"
#include "base/unique_id.h"
#include "kv/bodies.h"
#include "kv/types.h"

namespace yubin::store {

using kv::AccountId;
using kv::BodyRef;

using MailboxId = Strong<struct MailboxIdTag, std::uint32_t>;      // within an account, never reused
using Uid = Strong<struct UidTag, std::uint32_t>;                  // RFC 9051 section 2.3.1.1; never reused, never 0
using UidValidity = Strong<struct UidValidityTag, std::uint32_t>;  // never goes backwards for a name
using ModSeq = Strong<struct ModSeqTag, std::uint64_t>;            // RFC 7162 section 3.1; one counter per account
using KeywordId = Strong<struct KeywordIdTag, std::uint16_t>;      // index into Mailbox::keywords
using MessageId = UniqueId;                                        // ours (EMAILID), not the Message-ID field
using ThreadId = UniqueId;                                         // THREADID: the MessageId of the first one known

// RFC 9051 section 2.3.2. \Recent is not kept.
enum class SystemFlag : std::uint8_t { seen = 1, answered = 2, flagged = 4, deleted = 8, draft = 16 };

class SystemFlags {
 public:
  constexpr SystemFlags() = default;
  constexpr explicit SystemFlags(std::uint8_t bits) : bits_(bits & 0x1f) {}
  constexpr SystemFlags(SystemFlag flag) : bits_(static_cast<std::uint8_t>(flag)) {}  // NOLINT: a flag is a set of one
  constexpr std::uint8_t bits() const { return bits_; }
  constexpr bool has(SystemFlag flag) const { return (bits_ & static_cast<std::uint8_t>(flag)) != 0; }
  constexpr SystemFlags with(SystemFlags other) const {
    return SystemFlags(static_cast<std::uint8_t>(bits_ | other.bits_));
  }
  constexpr SystemFlags without(SystemFlags other) const {
    return SystemFlags(static_cast<std::uint8_t>(bits_ & ~other.bits_));
  }
  friend constexpr bool operator==(SystemFlags, SystemFlags) = default;

 private:
  std::uint8_t bits_ = 0;
};

// A mailbox name in Unicode NFC, levels separated by "/". "INBOX" in any ASCII case is INBOX (RFC 9051 section 5.1),
// as the first level of a longer name too.
class MailboxName {
 public:
  static constexpr char kDelimiter = '/';
  // Errors: syntax (empty, an empty level, a control character, "*", "%", invalid UTF-8), limit (over 255 bytes a level
  // or 1000 in all).
  static Result<MailboxName> parse(std::string_view utf8);
  static MailboxName inbox() { return MailboxName("INBOX"); }

  std::string const& text() const { return text_; }
  bool is_inbox() const { return text_ == "INBOX"; }
  std::optional<MailboxName> parent() const;
  friend auto operator<=>(MailboxName const&, MailboxName const&) = default;

 private:
  explicit MailboxName(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

// RFC 6154 section 2; none for an ordinary mailbox.
enum class SpecialUse : std::uint8_t { none, all, archive, drafts, flagged, junk, sent, trash };

// One mailbox and its counters: all that SELECT and STATUS say, from one record.
struct Mailbox {
  MailboxId id;
  MailboxName name = MailboxName::inbox();
  UidValidity uid_validity;
  Uid uid_next{1};
  ModSeq highest_modseq;
  ModSeq log_floor;  // what happened up to here is no longer in the change log
  std::uint32_t exists = 0;
  std::uint32_t unseen = 0;   // messages without \Seen
  std::uint32_t deleted = 0;  // messages with \Deleted
  std::uint64_t size = 0;     // sum of RFC822.SIZE
  SpecialUse special_use = SpecialUse::none;
  bool subscribed = false;
  std::vector<std::string> keywords;  // KeywordId -> keyword as first sent; compared without ASCII case
  UniqueId object_id;                 // MAILBOXID (RFC 8474)
  friend bool operator==(Mailbox const&, Mailbox const&) = default;
};

// What changes of a message, and what listings need of it: one entry of a packed record.
struct MessageState {
  Uid uid;
  SystemFlags flags;
  std::vector<KeywordId> keywords;  // ascending
  ModSeq modseq;
  std::uint64_t size = 0;          // RFC822.SIZE: prefix and body
  std::int64_t internal_date = 0;  // seconds since 1970
  std::int32_t internal_zone = 0;  // its zone, minutes east of UTC
  std::int64_t save_date = 0;      // seconds since 1970: when it came into this mailbox (RFC 8514)
  MessageId id;
  std::optional<ThreadId> other_thread = {};  // none: the thread that began with this message
  ThreadId thread() const { return other_thread.value_or(id); }
  friend bool operator==(MessageState const&, MessageState const&) = default;
};

// What never changes of a message in a mailbox.
struct Card {
  std::string prefix;   // header fields that stand before the body for this recipient; at most 4 KiB
  BodyRef body;         // the bytes as received
  std::string summary;  // ENVELOPE, structure and offsets, as mime encodes them; offsets count from the body's begin
  friend bool operator==(Card const&, Card const&) = default;
};

// What an account holds, over all its mailboxes; a copied message counts again (RFC 9208 section 5).
struct Usage {
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;  // sum of RFC822.SIZE
  friend bool operator==(Usage const&, Usage const&) = default;
};

// What an account may hold; 0: no limit.
struct Quota {
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;  // sum of RFC822.SIZE
  friend bool operator==(Quota const&, Quota const&) = default;
};

// UIDs from `first` to `last`, both included; none if `last` is below `first`.
struct UidRange {
  Uid first{1};
  Uid last{0xffffffff};
  friend bool operator==(UidRange const&, UidRange const&) = default;
};

}  // namespace yubin::store
