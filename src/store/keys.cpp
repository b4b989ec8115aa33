#include "store/keys.h"

#include "base/assert.h"
#include "base/bytes.h"

namespace yubin::store {

namespace {

constexpr ModSeq kLastModSeq{~std::uint64_t{0}};

std::string begin_key(AccountId account, RowKind kind) {
  std::string key;
  ByteWriter writer(key);
  writer.u64(account.value());
  writer.u8(static_cast<std::uint8_t>(kind));
  return key;
}

std::string begin_key(AccountId account, RowKind kind, MailboxId mailbox) {
  std::string key = begin_key(account, kind);
  ByteWriter(key).u32(mailbox.value());
  return key;
}

Result<AccountId> read_account(ByteReader& reader, RowKind kind) {
  TRY(std::uint64_t account, reader.u64());
  TRY(std::uint8_t found, reader.u8());
  if (found != static_cast<std::uint8_t>(kind)) return fail(Errc::corrupt, "key of another kind");
  return AccountId(account);
}

Result<MailboxId> read_mailbox(ByteReader& reader) {
  TRY(std::uint32_t id, reader.u32());
  return MailboxId(id);
}

Result<> read_end(ByteReader const& reader) {
  if (!reader.at_end()) return fail(Errc::corrupt, "key is too long");
  return {};
}

}  // namespace

std::string AccountKey::encode() const {
  return begin_key(account, RowKind::account);
}

Result<AccountKey> AccountKey::decode(std::string_view key) {
  ByteReader reader(key);
  TRY(AccountId account, read_account(reader, RowKind::account));
  TRY_VOID(read_end(reader));
  return AccountKey{account};
}

std::string MailboxKey::encode() const {
  return begin_key(account, RowKind::mailbox, mailbox);
}

Result<MailboxKey> MailboxKey::decode(std::string_view key) {
  ByteReader reader(key);
  TRY(AccountId account, read_account(reader, RowKind::mailbox));
  TRY(MailboxId mailbox, read_mailbox(reader));
  TRY_VOID(read_end(reader));
  return MailboxKey{account, mailbox};
}

std::string NameKey::encode() const {
  return begin_key(account, RowKind::name) + name;
}

Result<NameKey> NameKey::decode(std::string_view key) {
  ByteReader reader(key);
  TRY(AccountId account, read_account(reader, RowKind::name));
  return NameKey{account, std::string(reader.rest())};
}

std::string StatesKey::encode() const {
  std::string key = begin_key(account, RowKind::states, mailbox);
  ByteWriter(key).u32(chunk);
  return key;
}

Result<StatesKey> StatesKey::decode(std::string_view key) {
  ByteReader reader(key);
  TRY(AccountId account, read_account(reader, RowKind::states));
  TRY(MailboxId mailbox, read_mailbox(reader));
  TRY(std::uint32_t chunk, reader.u32());
  TRY_VOID(read_end(reader));
  return StatesKey{account, mailbox, chunk};
}

std::string CardKey::encode() const {
  std::string key = begin_key(account, RowKind::card, mailbox);
  ByteWriter(key).u32(uid.value());
  return key;
}

Result<CardKey> CardKey::decode(std::string_view key) {
  ByteReader reader(key);
  TRY(AccountId account, read_account(reader, RowKind::card));
  TRY(MailboxId mailbox, read_mailbox(reader));
  TRY(std::uint32_t uid, reader.u32());
  TRY_VOID(read_end(reader));
  return CardKey{account, mailbox, Uid(uid)};
}

std::string LogKey::encode() const {
  std::string key = begin_key(account, RowKind::log, mailbox);
  ByteWriter(key).u64(modseq.value());
  return key;
}

Result<LogKey> LogKey::decode(std::string_view key) {
  ByteReader reader(key);
  TRY(AccountId account, read_account(reader, RowKind::log));
  TRY(MailboxId mailbox, read_mailbox(reader));
  TRY(std::uint64_t modseq, reader.u64());
  TRY_VOID(read_end(reader));
  return LogKey{account, mailbox, ModSeq(modseq)};
}

std::string UidsKey::encode() const {
  std::string key = begin_key(account, RowKind::uids, mailbox);
  ByteWriter(key).u32(block);
  return key;
}

Result<UidsKey> UidsKey::decode(std::string_view key) {
  ByteReader reader(key);
  TRY(AccountId account, read_account(reader, RowKind::uids));
  TRY(MailboxId mailbox, read_mailbox(reader));
  TRY(std::uint32_t block, reader.u32());
  TRY_VOID(read_end(reader));
  return UidsKey{account, mailbox, block};
}

std::string TrashKey::encode() const {
  return begin_key(account, RowKind::trash, mailbox);
}

Result<TrashKey> TrashKey::decode(std::string_view key) {
  ByteReader reader(key);
  TRY(AccountId account, read_account(reader, RowKind::trash));
  TRY(MailboxId mailbox, read_mailbox(reader));
  TRY_VOID(read_end(reader));
  return TrashKey{account, mailbox};
}

std::string ThreadKey::encode() const {
  std::string row = begin_key(account, RowKind::thread);
  ByteWriter(row).u64(key);
  return row;
}

Result<ThreadKey> ThreadKey::decode(std::string_view key) {
  ByteReader reader(key);
  TRY(AccountId account, read_account(reader, RowKind::thread));
  TRY(std::uint64_t hash, reader.u64());
  TRY_VOID(read_end(reader));
  return ThreadKey{account, hash};
}

std::string BodyRefKey::encode() const {
  std::string key = body.bytes();
  ByteWriter writer(key);
  writer.u64(account.value());
  writer.u32(mailbox.value());
  writer.u32(uid.value());
  return key;
}

Result<BodyRefKey> BodyRefKey::decode(std::string_view key) {
  ByteReader reader(key);
  TRY(std::string_view body, reader.bytes(kv::BodyId::kSize));
  TRY(kv::BodyId id, kv::BodyId::from_bytes(body));
  TRY(std::uint64_t account, reader.u64());
  TRY(MailboxId mailbox, read_mailbox(reader));
  TRY(std::uint32_t uid, reader.u32());
  TRY_VOID(read_end(reader));
  return BodyRefKey{id, AccountId(account), mailbox, Uid(uid)};
}

kv::Range account_range(AccountId account) {
  std::string prefix;
  ByteWriter(prefix).u64(account.value());
  return kv::prefix_range(prefix);
}

kv::Range mailboxes_range(AccountId account) {
  return kv::prefix_range(begin_key(account, RowKind::mailbox));
}

kv::Range names_range(AccountId account) {
  return kv::prefix_range(begin_key(account, RowKind::name));
}

kv::Range names_below(AccountId account, MailboxName name) {
  return kv::prefix_range(begin_key(account, RowKind::name) + name.text() + MailboxName::kDelimiter);
}

kv::Range states_range(AccountId account, MailboxId mailbox, UidRange uids) {
  // A chunk number has 27 bits, so the one after the last does not overflow.
  return {StatesKey{account, mailbox, states_chunk(uids.first)}.encode(),
          StatesKey{account, mailbox, states_chunk(uids.last) + 1}.encode()};
}

kv::Range uids_range(AccountId account, MailboxId mailbox) {
  return kv::prefix_range(begin_key(account, RowKind::uids, mailbox));
}

kv::Range cards_range(AccountId account, MailboxId mailbox, UidRange uids) {
  return {CardKey{account, mailbox, uids.first}.encode(), CardKey{account, mailbox, uids.last}.encode() + '\0'};
}

kv::Range all_cards_range(AccountId account) {
  return kv::prefix_range(begin_key(account, RowKind::card));
}

kv::Range trash_range(AccountId account) {
  return kv::prefix_range(begin_key(account, RowKind::trash));
}

kv::Range threads_range(AccountId account) {
  return kv::prefix_range(begin_key(account, RowKind::thread));
}

kv::Range log_range(AccountId account, MailboxId mailbox, ModSeq after, ModSeq last) {
  YUBIN_ASSERT(after < kLastModSeq);
  return {LogKey{account, mailbox, after.next()}.encode(), LogKey{account, mailbox, last}.encode() + '\0'};
}

}  // namespace yubin::store
