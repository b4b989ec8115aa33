// The values of the store's rows; docs/FORMAT.md lists them to the byte. Each begins with its version.
//
// encode_ functions are given what the store made and cannot fail; decode_ functions take any bytes and fail with
// Errc::corrupt unless they are such a record, with decode(encode(x)) == x.
#pragma once

#include <bitset>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/keys.h"
#include "store/types.h"

namespace yubin::store {

// What an account counts for all its mailboxes: one row.
struct AccountRecord {
  MailboxId next_mailbox{1};
  std::uint32_t mailboxes = 0;
  ModSeq highest_modseq;
  UidValidity uid_validity_floor;  // the highest one ever given out
  std::uint32_t past_names = 0;    // name rows that lead to no mailbox any more
  UidValidity past_floor;          // names that were forgotten had none above this
  Usage usage;
  friend bool operator==(AccountRecord const&, AccountRecord const&) = default;
};

// What a name leads to. The row outlives the mailbox, so that UIDVALIDITY never goes backwards for the name.
struct NameRecord {
  MailboxId mailbox;  // 0: none any more
  UidValidity uid_validity;
  bool live() const { return mailbox.value() != 0; }
  friend bool operator==(NameRecord const&, NameRecord const&) = default;
};

// What happened to which messages of a mailbox, under one mod-sequence.
enum class LogKind : std::uint8_t { added = 1, flags = 2, expunged = 3 };
struct LogEntry {
  LogKind kind = LogKind::added;
  std::vector<UidRange> uids;  // ascending, not touching each other
  std::int64_t at = 0;         // seconds since 1970; 0 in rows of version 1, which had no time
  friend bool operator==(LogEntry const&, LogEntry const&) = default;
};

// What a thread key leads to.
struct ThreadRecord {
  ThreadId thread;
  std::uint32_t used = 0;  // days since 1970: when a message had the key, or up to 30 before
  friend bool operator==(ThreadRecord const&, ThreadRecord const&) = default;
};

// Which UIDs of a block there are: bit n of byte n / 8, lowest first.
using UidBits = std::bitset<kUidsPerRow>;

std::string encode_account(AccountRecord const& account);
Result<AccountRecord> decode_account(std::string_view value);

std::string encode_name(NameRecord const& name);
Result<NameRecord> decode_name(std::string_view value);

std::string encode_mailbox(Mailbox const& mailbox);  // all but its id, which is in the key
Result<Mailbox> decode_mailbox(MailboxId id, std::string_view value);

std::string encode_card(Card const& card);
Result<Card> decode_card(std::string_view value);

std::string encode_log_entry(LogEntry const& entry);
Result<LogEntry> decode_log_entry(std::string_view value);

// The states of one row: of the same chunk, in UID order, at least one.
std::string encode_states(std::span<MessageState const> states);
Result<std::vector<MessageState>> decode_states(std::uint32_t chunk, std::string_view value);

// Says nothing but that there is something to be erased.
std::string encode_trash();
Result<> check_trash(std::string_view value);

std::string encode_thread(ThreadRecord const& thread);
Result<ThreadRecord> decode_thread(std::string_view value);

// At least one UID.
std::string encode_uids(UidBits const& uids);
Result<UidBits> decode_uids(std::string_view value);

}  // namespace yubin::store
