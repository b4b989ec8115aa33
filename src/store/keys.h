// The keys of the store's rows, each a type with one encoder and one decoder; docs/FORMAT.md lists them to the byte.
// Integers are big-endian, so that the order of keys is the order of numbers. Decoders fail with Errc::corrupt.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "kv/types.h"
#include "store/types.h"

namespace yubin::store {

// The byte after the account in every key of Table::mail.
enum class RowKind : std::uint8_t {
  account = 1,
  mailbox = 2,
  name = 3,
  states = 4,
  card = 5,
  log = 6,
  uids = 7,
  trash = 8,
  thread = 9
};

// The account's own counters: one row.
struct AccountKey {
  AccountId account;
  std::string encode() const;
  static Result<AccountKey> decode(std::string_view key);
  friend auto operator<=>(AccountKey const&, AccountKey const&) = default;
};

struct MailboxKey {
  AccountId account;
  MailboxId mailbox;
  std::string encode() const;
  static Result<MailboxKey> decode(std::string_view key);
  friend auto operator<=>(MailboxKey const&, MailboxKey const&) = default;
};

// What a name means, or meant.
struct NameKey {
  AccountId account;
  std::string name;
  std::string encode() const;
  static Result<NameKey> decode(std::string_view key);
  friend auto operator<=>(NameKey const&, NameKey const&) = default;
};

// The packed states of the UIDs chunk * 32 to chunk * 32 + 31.
struct StatesKey {
  AccountId account;
  MailboxId mailbox;
  std::uint32_t chunk = 0;
  std::string encode() const;
  static Result<StatesKey> decode(std::string_view key);
  friend auto operator<=>(StatesKey const&, StatesKey const&) = default;
};

struct CardKey {
  AccountId account;
  MailboxId mailbox;
  Uid uid;
  std::string encode() const;
  static Result<CardKey> decode(std::string_view key);
  friend auto operator<=>(CardKey const&, CardKey const&) = default;
};

// One entry of a mailbox's change log.
struct LogKey {
  AccountId account;
  MailboxId mailbox;
  ModSeq modseq;
  std::string encode() const;
  static Result<LogKey> decode(std::string_view key);
  friend auto operator<=>(LogKey const&, LogKey const&) = default;
};

// Which of the UIDs block * 1024 to block * 1024 + 1023 there are: what a session needs to number its messages, in a
// thirtieth of the rows and a two-hundredth of the bytes of their states.
struct UidsKey {
  AccountId account;
  MailboxId mailbox;
  std::uint32_t block = 0;
  std::string encode() const;
  static Result<UidsKey> decode(std::string_view key);
  friend auto operator<=>(UidsKey const&, UidsKey const&) = default;
};

// The contents of a removed mailbox that are still to be erased; mailbox 0: of the whole account, which was removed.
struct TrashKey {
  AccountId account;
  MailboxId mailbox;
  std::string encode() const;
  static Result<TrashKey> decode(std::string_view key);
  friend auto operator<=>(TrashKey const&, TrashKey const&) = default;
};
inline constexpr MailboxId kWholeAccount{0};

// Which thread the messages belong to that have this key of mime::thread_keys().
struct ThreadKey {
  AccountId account;
  std::uint64_t key = 0;
  std::string encode() const;
  static Result<ThreadKey> decode(std::string_view key);
  friend auto operator<=>(ThreadKey const&, ThreadKey const&) = default;
};

// In Table::body_ref: this message uses this body. Mailboxes and UIDs are never used again, so neither is the key.
struct BodyRefKey {
  kv::BodyId body;
  AccountId account;
  MailboxId mailbox;
  Uid uid;
  std::string encode() const;
  static Result<BodyRefKey> decode(std::string_view key);
  friend auto operator<=>(BodyRefKey const&, BodyRefKey const&) = default;
};

// States are packed by UID, this many to a row. Each delivery rewrites one row of states, so a row is small: with 32
// messages it costs 0.4 KB on average, with 256 it would be 3.5 KB, nearly the mail itself.
inline constexpr std::uint32_t kStatesPerRow = 32;
inline std::uint32_t states_chunk(Uid uid) {
  return uid.value() / kStatesPerRow;
}

inline constexpr std::uint32_t kUidsPerRow = 1024;
inline std::uint32_t uids_block(Uid uid) {
  return uid.value() / kUidsPerRow;
}

kv::Range account_range(AccountId account);                  // every row of the account in Table::mail
kv::Range mailboxes_range(AccountId account);                // its mailbox rows
kv::Range names_range(AccountId account);                    // its name rows
kv::Range names_below(AccountId account, MailboxName name);  // of the levels below `name`
kv::Range states_range(AccountId account, MailboxId mailbox, UidRange uids);
kv::Range uids_range(AccountId account, MailboxId mailbox);
kv::Range cards_range(AccountId account, MailboxId mailbox, UidRange uids);
kv::Range all_cards_range(AccountId account);
kv::Range trash_range(AccountId account);
kv::Range threads_range(AccountId account);
kv::Range log_range(AccountId account, MailboxId mailbox, ModSeq after, ModSeq last);  // after < modseq <= last

}  // namespace yubin::store
