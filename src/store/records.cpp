#include "store/records.h"

#include "base/assert.h"
#include "base/bytes.h"
#include "store/record_io.h"

namespace yubin::store {

namespace {

constexpr std::uint8_t kAccountVersion = 1;
constexpr std::uint8_t kNameVersion = 1;
constexpr std::uint8_t kMailboxVersion = 1;
constexpr std::uint8_t kCardVersion = 1;
constexpr std::uint8_t kTrashVersion = 1;
constexpr std::uint8_t kThreadVersion = 1;
constexpr std::uint8_t kLogVersion = 2;  // 1: without the time

constexpr std::uint8_t kSubscribed = 1;

Result<SpecialUse> read_special_use(ByteReader& reader) {
  TRY(std::uint8_t use, reader.u8());
  if (use > static_cast<std::uint8_t>(SpecialUse::trash)) return fail(Errc::corrupt, "unknown special use");
  return static_cast<SpecialUse>(use);
}

Result<MailboxName> read_name(ByteReader& reader) {
  TRY(std::string_view text, reader.text());
  Result<MailboxName> name = MailboxName::parse(text);
  if (!name || name->text() != text) return fail(Errc::corrupt, "stored mailbox name is not one");
  return name;
}

Result<std::vector<std::string>> read_keywords(ByteReader& reader) {
  TRY(std::uint16_t count, read_number<std::uint16_t>(reader));
  std::vector<std::string> keywords;
  for (std::uint16_t i = 0; i < count; ++i) {
    TRY(std::string_view keyword, reader.text());
    keywords.emplace_back(keyword);
  }
  return keywords;
}

}  // namespace

std::string encode_account(AccountRecord const& account) {
  std::string value;
  ByteWriter writer(value);
  writer.u8(kAccountVersion);
  writer.varint(account.next_mailbox.value());
  writer.varint(account.mailboxes);
  writer.varint(account.highest_modseq.value());
  writer.varint(account.uid_validity_floor.value());
  writer.varint(account.past_names);
  writer.varint(account.past_floor.value());
  writer.varint(account.usage.messages);
  writer.varint(account.usage.bytes);
  return value;
}

Result<AccountRecord> decode_account(std::string_view value) {
  ByteReader reader(value);
  TRY_VOID(read_version(reader, kAccountVersion));
  AccountRecord account;
  TRY(account.next_mailbox, read_strong<MailboxId>(reader));
  TRY(account.mailboxes, read_number<std::uint32_t>(reader));
  TRY(account.highest_modseq, read_strong<ModSeq>(reader));
  TRY(account.uid_validity_floor, read_strong<UidValidity>(reader));
  TRY(account.past_names, read_number<std::uint32_t>(reader));
  TRY(account.past_floor, read_strong<UidValidity>(reader));
  TRY(account.usage.messages, reader.varint());
  TRY(account.usage.bytes, reader.varint());
  TRY_VOID(read_end(reader));
  return account;
}

std::string encode_name(NameRecord const& name) {
  std::string value;
  ByteWriter writer(value);
  writer.u8(kNameVersion);
  writer.varint(name.mailbox.value());
  writer.varint(name.uid_validity.value());
  return value;
}

Result<NameRecord> decode_name(std::string_view value) {
  ByteReader reader(value);
  TRY_VOID(read_version(reader, kNameVersion));
  NameRecord name;
  TRY(name.mailbox, read_strong<MailboxId>(reader));
  TRY(name.uid_validity, read_strong<UidValidity>(reader));
  TRY_VOID(read_end(reader));
  return name;
}

std::string encode_mailbox(Mailbox const& mailbox) {
  std::string value;
  ByteWriter writer(value);
  writer.u8(kMailboxVersion);
  writer.text(mailbox.name.text());
  writer.bytes(mailbox.object_id.bytes());
  writer.varint(mailbox.uid_validity.value());
  writer.varint(mailbox.uid_next.value());
  writer.varint(mailbox.highest_modseq.value());
  writer.varint(mailbox.log_floor.value());
  writer.varint(mailbox.exists);
  writer.varint(mailbox.unseen);
  writer.varint(mailbox.deleted);
  writer.varint(mailbox.size);
  writer.u8(static_cast<std::uint8_t>(mailbox.special_use));
  writer.u8(mailbox.subscribed ? kSubscribed : 0);
  writer.varint(mailbox.keywords.size());
  for (std::string const& keyword : mailbox.keywords) writer.text(keyword);
  return value;
}

Result<Mailbox> decode_mailbox(MailboxId id, std::string_view value) {
  ByteReader reader(value);
  TRY_VOID(read_version(reader, kMailboxVersion));
  Mailbox mailbox;
  mailbox.id = id;
  TRY(mailbox.name, read_name(reader));
  TRY(mailbox.object_id, read_unique_id(reader));
  TRY(mailbox.uid_validity, read_strong<UidValidity>(reader));
  TRY(mailbox.uid_next, read_strong<Uid>(reader));
  TRY(mailbox.highest_modseq, read_strong<ModSeq>(reader));
  TRY(mailbox.log_floor, read_strong<ModSeq>(reader));
  TRY(mailbox.exists, read_number<std::uint32_t>(reader));
  TRY(mailbox.unseen, read_number<std::uint32_t>(reader));
  TRY(mailbox.deleted, read_number<std::uint32_t>(reader));
  TRY(mailbox.size, reader.varint());
  TRY(mailbox.special_use, read_special_use(reader));
  TRY(std::uint8_t bits, reader.u8());
  if (bits > kSubscribed) return fail(Errc::corrupt, "unknown bits of a mailbox");
  mailbox.subscribed = bits == kSubscribed;
  TRY(mailbox.keywords, read_keywords(reader));
  TRY_VOID(read_end(reader));
  return mailbox;
}

std::string encode_card(Card const& card) {
  std::string value;
  value.reserve(card.prefix.size() + card.summary.size() + 32);
  ByteWriter writer(value);
  writer.u8(kCardVersion);
  writer.bytes(card.body.id.bytes());
  writer.varint(card.body.size);
  writer.text(card.prefix);
  writer.text(card.summary);
  return value;
}

Result<Card> decode_card(std::string_view value) {
  ByteReader reader(value);
  TRY_VOID(read_version(reader, kCardVersion));
  Card card;
  TRY(card.body.id, read_unique_id(reader));
  TRY(card.body.size, reader.varint());
  TRY(card.prefix, reader.text());
  TRY(card.summary, reader.text());
  TRY_VOID(read_end(reader));
  return card;
}

std::string encode_trash() {
  return std::string(1, static_cast<char>(kTrashVersion));
}

Result<> check_trash(std::string_view value) {
  ByteReader reader(value);
  TRY_VOID(read_version(reader, kTrashVersion));
  return read_end(reader);
}

std::string encode_thread(ThreadRecord const& thread) {
  std::string value;
  ByteWriter writer(value);
  writer.u8(kThreadVersion);
  writer.bytes(thread.thread.bytes());
  writer.varint(thread.used);
  return value;
}

Result<ThreadRecord> decode_thread(std::string_view value) {
  ByteReader reader(value);
  TRY_VOID(read_version(reader, kThreadVersion));
  ThreadRecord thread;
  TRY(thread.thread, read_unique_id(reader));
  TRY(thread.used, read_number<std::uint32_t>(reader));
  TRY_VOID(read_end(reader));
  return thread;
}

// Each range as its distance from the end of the one before, and how many UIDs follow its first.
std::string encode_log_entry(LogEntry const& entry) {
  std::string value;
  ByteWriter writer(value);
  writer.u8(kLogVersion);
  writer.u8(static_cast<std::uint8_t>(entry.kind));
  writer.signed_varint(entry.at);
  writer.varint(entry.uids.size());
  std::uint32_t end = 0;
  for (UidRange const& range : entry.uids) {
    writer.varint(range.first.value() - end);
    writer.varint(range.last.value() - range.first.value());
    end = range.last.value();
  }
  return value;
}

Result<LogEntry> decode_log_entry(std::string_view value) {
  constexpr std::uint64_t kHighest = 0xffffffff;
  ByteReader reader(value);
  TRY(std::uint8_t version, reader.u8());
  if (version != 1 && version != kLogVersion) return fail(Errc::corrupt, "record of an unknown version");
  TRY(std::uint8_t kind, reader.u8());
  if (kind < 1 || kind > 3) return fail(Errc::corrupt, "unknown kind of change");
  LogEntry entry{static_cast<LogKind>(kind), {}};
  if (version == kLogVersion) {
    TRY(entry.at, reader.signed_varint());
  }
  TRY(std::uint64_t count, reader.varint());
  std::uint64_t end = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    TRY(std::uint64_t gap, reader.varint());
    TRY(std::uint64_t more, reader.varint());
    // Ranges that touch would have been written as one; 0 is no UID.
    if (gap < (i == 0 ? 1U : 2U) || gap > kHighest - end || more > kHighest - end - gap) {
      return fail(Errc::corrupt, "ranges of UIDs are out of order");
    }
    std::uint64_t const first = end + gap;
    end = first + more;
    entry.uids.push_back({Uid(static_cast<std::uint32_t>(first)), Uid(static_cast<std::uint32_t>(end))});
  }
  TRY_VOID(read_end(reader));
  return entry;
}

}  // namespace yubin::store
