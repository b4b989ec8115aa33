#include "journal/record.h"

#include "base/bytes.h"

namespace yubin::journal {

namespace {

constexpr std::uint8_t kVersion = 1;

enum class Tag : std::uint64_t {
  kind = 1,
  service = 2,
  peer = 3,
  helo = 4,
  tls = 5,
  user = 6,
  sender = 7,
  message_id = 8,
  size = 9,
  recipient = 10,
  verdict = 11,
  reason = 12,
  fact = 13,
  omitted = 14,
  generation = 15,
};

// The texts of an entry that stand for themselves: where each is and how long it may be.
struct TextField {
  Tag tag;
  std::string Entry::* text;
  std::size_t Limits::* limit;
};
constexpr TextField kTextFields[] = {
    {Tag::service, &Entry::service, &Limits::word},       {Tag::peer, &Entry::peer, &Limits::word},
    {Tag::helo, &Entry::helo, &Limits::address},          {Tag::tls, &Entry::tls, &Limits::word},
    {Tag::user, &Entry::user, &Limits::address},          {Tag::sender, &Entry::sender, &Limits::address},
    {Tag::message_id, &Entry::message_id, &Limits::line}, {Tag::verdict, &Entry::verdict, &Limits::word},
    {Tag::reason, &Entry::reason, &Limits::line},
};

constexpr std::string_view kEllipsis = "…";

std::string cut(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return std::string(text);
  std::size_t end = limit - kEllipsis.size();
  auto continues = [&](std::size_t at) { return (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80; };
  for (int back = 0; back < 3 && continues(end); ++back) --end;
  return std::string(text.substr(0, end)).append(kEllipsis);
}

void put_field(std::string& record, Tag tag, std::string_view value) {
  ByteWriter writer(record);
  writer.varint(static_cast<std::uint64_t>(tag));
  writer.text(value);
}

void put_number(std::string& record, Tag tag, std::uint64_t number) {
  std::string value;
  ByteWriter(value).varint(number);
  put_field(record, tag, value);
}

std::string encode_recipient(RecipientFate const& recipient, Limits const& limits) {
  std::string value;
  ByteWriter writer(value);
  writer.text(cut(recipient.address, limits.address));
  writer.text(cut(recipient.fate, limits.word));
  writer.text(cut(recipient.status, limits.word));
  writer.text(cut(recipient.detail, limits.line));
  return value;
}

std::string encode_fact(std::pair<std::string, std::string> const& fact, Limits const& limits) {
  std::string value;
  ByteWriter writer(value);
  writer.text(cut(fact.first, limits.word));
  writer.text(cut(fact.second, limits.line));
  return value;
}

std::unexpected<Error> corrupt(std::string_view what) {
  return fail(Errc::corrupt, "journal: " + std::string(what));
}

Result<> close(ByteReader const& reader) {
  if (!reader.at_end()) return corrupt("bytes after a value");
  return {};
}

Result<std::uint64_t> decode_number(std::string_view value) {
  ByteReader reader(value);
  TRY(std::uint64_t number, reader.varint());
  TRY_VOID(close(reader));
  return number;
}

Result<Kind> decode_kind(std::string_view value) {
  TRY(std::uint64_t number, decode_number(value));
  if (number > UINT8_MAX) return corrupt("entry of an impossible kind");
  return static_cast<Kind>(number);  // perhaps one of a later version; it is shown as unknown
}

Result<RecipientFate> decode_recipient(std::string_view value) {
  ByteReader reader(value);
  TRY(std::string_view address, reader.text());
  TRY(std::string_view fate, reader.text());
  TRY(std::string_view status, reader.text());
  TRY(std::string_view detail, reader.text());
  TRY_VOID(close(reader));
  return RecipientFate{std::string(address), std::string(fate), std::string(status), std::string(detail)};
}

Result<std::pair<std::string, std::string>> decode_fact(std::string_view value) {
  ByteReader reader(value);
  TRY(std::string_view name, reader.text());
  TRY(std::string_view text, reader.text());
  TRY_VOID(close(reader));
  return std::pair(std::string(name), std::string(text));
}

Result<> decode_field(Entry& entry, Tag tag, std::string_view value) {
  for (TextField const& field : kTextFields) {
    if (field.tag == tag) entry.*field.text = value;
  }
  switch (tag) {
    case Tag::kind: {
      TRY(entry.kind, decode_kind(value));
      break;
    }
    case Tag::size: {
      TRY(entry.size, decode_number(value));
      break;
    }
    case Tag::omitted: {
      TRY(entry.omitted, decode_number(value));
      break;
    }
    case Tag::generation: {
      TRY(entry.generation, decode_number(value));
      break;
    }
    case Tag::recipient: {
      TRY(RecipientFate recipient, decode_recipient(value));
      entry.recipients.push_back(std::move(recipient));
      break;
    }
    case Tag::fact: {
      TRY(auto fact, decode_fact(value));
      entry.facts.push_back(std::move(fact));
      break;
    }
    default:  // one of the texts, or a field of a later version
      break;
  }
  return {};
}

}  // namespace

std::string encode_entry(Entry const& entry, Limits const& limits) {
  std::string record(1, static_cast<char>(kVersion));
  put_number(record, Tag::kind, static_cast<std::uint64_t>(entry.kind));
  for (TextField const& field : kTextFields) {
    std::string const& text = entry.*field.text;
    if (!text.empty()) put_field(record, field.tag, cut(text, limits.*field.limit));
  }
  if (entry.size > 0) put_number(record, Tag::size, entry.size);
  if (entry.generation > 0) put_number(record, Tag::generation, entry.generation);

  std::uint64_t omitted = entry.omitted;
  auto put_if_it_fits = [&](Tag tag, std::string const& value) {
    if (record.size() + value.size() > limits.row) {
      ++omitted;
    } else {
      put_field(record, tag, value);
    }
  };
  for (RecipientFate const& recipient : entry.recipients) {
    put_if_it_fits(Tag::recipient, encode_recipient(recipient, limits));
  }
  for (auto const& fact : entry.facts) put_if_it_fits(Tag::fact, encode_fact(fact, limits));
  if (omitted > 0) put_number(record, Tag::omitted, omitted);
  return record;
}

Result<Entry> decode_entry(EntryId id, std::string_view record) {
  ByteReader reader(record);
  TRY(std::uint8_t version, reader.u8());
  if (version != kVersion) return corrupt("record of an unknown version");
  Entry entry;
  entry.id = id;
  while (!reader.at_end()) {
    TRY(std::uint64_t tag, reader.varint());
    TRY(std::string_view value, reader.text());
    TRY_VOID(decode_field(entry, static_cast<Tag>(tag), value));
  }
  return entry;
}

}  // namespace yubin::journal
