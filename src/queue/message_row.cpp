#include "queue/message_row.h"

#include "base/bytes.h"
#include "queue/local_row.h"

namespace yubin::queue {

namespace {

constexpr std::uint8_t kVersion = 2;
constexpr std::uint8_t kWithoutStreams = 1;  // a message has neither priority nor sender, a recipient no warning

std::string key_of(RowKind kind) {
  return std::string(1, static_cast<char>(kind));
}

Result<> expect_kind(ByteReader& reader, RowKind kind) {
  TRY(std::uint8_t const found, reader.u8());
  if (found != static_cast<std::uint8_t>(kind)) return fail(Errc::corrupt, "a key of the queue of another kind");
  return {};
}

Result<UniqueId> unique_id(ByteReader& reader) {
  TRY(std::string_view const bytes, reader.bytes(UniqueId::kSize));
  return UniqueId::from_bytes(bytes);
}

Result<> expect_end(ByteReader const& reader) {
  if (!reader.at_end()) return fail(Errc::corrupt, "something follows a row of the queue");
  return {};
}

Result<std::uint8_t> known_version(ByteReader& reader) {
  TRY(std::uint8_t const version, reader.u8());
  if (version != kVersion && version != kWithoutStreams)
    return fail(Errc::corrupt, "a row of the queue of an unknown version");
  return version;
}

Result<std::string> text(ByteReader& reader) {
  TRY(std::string_view const view, reader.text());
  return std::string(view);
}

// An enumerator's number, at most `last`.
template <class Enum>
Result<Enum> enumerator(ByteReader& reader, Enum last) {
  TRY(std::uint8_t const number, reader.u8());
  if (number > static_cast<std::uint8_t>(last)) return fail(Errc::corrupt, "a number of the queue that means nothing");
  return static_cast<Enum>(number);
}

Result<Priority> priority(ByteReader& reader) {
  TRY(Priority const found, enumerator(reader, Priority::bulk));
  if (static_cast<std::uint8_t>(found) == 0) return fail(Errc::corrupt, "a priority of the queue that is none");
  return found;
}

Result<bool> flag(ByteReader& reader) {
  TRY(std::uint8_t const number, reader.u8());
  if (number > 1) return fail(Errc::corrupt, "a flag of the queue that is neither on nor off");
  return number == 1;
}

// What a message needs of the servers that it goes through.
constexpr unsigned kSmtputf8 = 1;
constexpr unsigned kRequireTls = 2;

void write_parameters(ByteWriter& writer, smtp::MailParameters const& parameters) {
  writer.u8(static_cast<std::uint8_t>(parameters.body));
  writer.u8(
      static_cast<std::uint8_t>((parameters.smtputf8 ? kSmtputf8 : 0U) | (parameters.require_tls ? kRequireTls : 0U)));
  writer.u8(parameters.ret ? static_cast<std::uint8_t>(*parameters.ret) + 1 : 0);
  writer.text(parameters.envelope_id);
}

Result<smtp::MailParameters> read_parameters(ByteReader& reader) {
  smtp::MailParameters parameters;
  TRY(parameters.body, enumerator(reader, smtp::BodyType::binary_mime));
  TRY(std::uint8_t const needs, reader.u8());
  if (needs > (kSmtputf8 | kRequireTls))
    return fail(Errc::corrupt, "a message of the queue that needs nobody knows what");
  parameters.smtputf8 = (needs & kSmtputf8) != 0;
  parameters.require_tls = (needs & kRequireTls) != 0;
  TRY(std::uint8_t const ret, reader.u8());
  if (ret > 2) return fail(Errc::corrupt, "a RET of the queue that means nothing");
  if (ret > 0) parameters.ret = static_cast<smtp::Return>(ret - 1);
  TRY(parameters.envelope_id, text(reader));
  return parameters;
}

void write_parameters(ByteWriter& writer, smtp::RecipientParameters const& parameters) {
  // Bit 3: there is a NOTIFY at all; bits 0 to 2: what it names.
  unsigned bits = 0;
  if (auto const& notify = parameters.notify)
    bits = 8U | (notify->success ? 1U : 0U) | (notify->failure ? 2U : 0U) | (notify->delay ? 4U : 0U);
  writer.u8(static_cast<std::uint8_t>(bits));
  writer.u8(parameters.original ? 1 : 0);
  if (!parameters.original) return;
  writer.text(parameters.original->type);
  writer.text(parameters.original->address);
}

Result<smtp::RecipientParameters> read_recipient_parameters(ByteReader& reader) {
  smtp::RecipientParameters parameters;
  TRY(std::uint8_t const bits, reader.u8());
  if (bits > 15 || (bits > 0 && bits < 8)) return fail(Errc::corrupt, "a NOTIFY of the queue that means nothing");
  if (bits != 0) parameters.notify = smtp::Notify{(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0};
  TRY(bool const has_original, flag(reader));
  if (has_original) {
    smtp::OriginalRecipient original;
    TRY(original.type, text(reader));
    TRY(original.address, text(reader));
    parameters.original = std::move(original);
  }
  return parameters;
}

template <class Path>
Result<Path> path(ByteReader& reader) {
  TRY(std::string_view const view, reader.text());
  Result<Path> parsed = Path::parse(view);
  // A source route would be dropped; none is ever written.
  if (!parsed || parsed->text() != view) return fail(Errc::corrupt, "an address of the queue that is none");
  return parsed;
}

}  // namespace

std::string MessageKey::encode() const {
  return key_of(RowKind::message) + id.bytes();
}

Result<MessageKey> MessageKey::decode(std::string_view key) {
  ByteReader reader(key);
  TRY_VOID(expect_kind(reader, RowKind::message));
  MessageKey decoded;
  TRY(decoded.id, unique_id(reader));
  TRY_VOID(expect_end(reader));
  return decoded;
}

kv::Range messages_range() {
  return kv::prefix_range(key_of(RowKind::message));
}

std::string encode_message(MessageRow const& row) {
  std::string value;
  ByteWriter writer(value);
  writer.u8(kVersion);
  writer.bytes(row.body.id.bytes());
  writer.varint(row.body.size);
  writer.text(row.prefix);
  writer.text(row.reverse_path.text());
  write_parameters(writer, row.parameters);
  writer.signed_varint(row.accepted);
  writer.text(row.service);
  writer.text(row.message_id);
  writer.u8(static_cast<std::uint8_t>(row.priority));
  writer.text(row.sender);
  return value;
}

Result<MessageRow> decode_message(std::string_view value) {
  ByteReader reader(value);
  TRY(std::uint8_t const version, known_version(reader));
  MessageRow row;
  TRY(row.body.id, unique_id(reader));
  TRY(row.body.size, reader.varint());
  TRY(row.prefix, text(reader));
  TRY(row.reverse_path, path<smtp::ReversePath>(reader));
  TRY(row.parameters, read_parameters(reader));
  TRY(row.accepted, reader.signed_varint());
  TRY(row.service, text(reader));
  TRY(row.message_id, text(reader));
  if (version != kWithoutStreams) {
    TRY(row.priority, priority(reader));
    TRY(row.sender, text(reader));
  }
  TRY_VOID(expect_end(reader));
  return row;
}

std::string RecipientKey::encode() const {
  std::string key = key_of(RowKind::recipient) + id.bytes();
  ByteWriter(key).u32(number);
  return key;
}

Result<RecipientKey> RecipientKey::decode(std::string_view key) {
  ByteReader reader(key);
  TRY_VOID(expect_kind(reader, RowKind::recipient));
  RecipientKey decoded;
  TRY(decoded.id, unique_id(reader));
  TRY(decoded.number, reader.u32());
  TRY_VOID(expect_end(reader));
  return decoded;
}

kv::Range recipients_range(UniqueId id) {
  return kv::prefix_range(key_of(RowKind::recipient) + id.bytes());
}

std::string encode_recipient(RecipientRow const& row) {
  std::string value;
  ByteWriter writer(value);
  writer.u8(kVersion);
  writer.text(row.recipient.path.text());
  write_parameters(writer, row.recipient.parameters);
  writer.text(row.destination);
  writer.u8(static_cast<std::uint8_t>(row.standing));
  writer.signed_varint(row.due);
  writer.varint(row.attempts);
  writer.signed_varint(row.tried);
  for (std::string const* one : {&row.status, &row.remote_text, &row.remote_host, &row.note}) writer.text(*one);
  writer.u8(row.warned ? 1 : 0);
  return value;
}

Result<RecipientRow> decode_recipient(std::string_view value) {
  ByteReader reader(value);
  TRY(std::uint8_t const version, known_version(reader));
  TRY(smtp::ForwardPath recipient, path<smtp::ForwardPath>(reader));
  RecipientRow row{.recipient = {std::move(recipient)}, .destination = {}};
  TRY(row.recipient.parameters, read_recipient_parameters(reader));
  TRY(row.destination, text(reader));
  TRY(row.standing, enumerator(reader, Standing::held));
  if (static_cast<std::uint8_t>(row.standing) == 0)
    return fail(Errc::corrupt, "a recipient of the queue without standing");
  TRY(row.due, reader.signed_varint());
  TRY(std::uint64_t const attempts, reader.varint());
  row.attempts = static_cast<std::uint32_t>(attempts);
  if (row.attempts != attempts) return fail(Errc::corrupt, "too many attempts for a row of the queue");
  TRY(row.tried, reader.signed_varint());
  for (std::string* one : {&row.status, &row.remote_text, &row.remote_host, &row.note}) {
    TRY(*one, text(reader));
  }
  if (version != kWithoutStreams) {
    TRY(row.warned, flag(reader));
  }
  TRY_VOID(expect_end(reader));
  return row;
}

namespace {

// Between the destination and what else tells streams apart. Without both of them a stream is written as it was when
// there were none.
constexpr char kMore = '\x01';

std::string text_of(Stream const& stream) {
  std::string text = stream.destination;
  if (stream.priority == Priority::normal && stream.sender.empty()) return text;
  text += kMore;
  text += static_cast<char>('0' + static_cast<int>(stream.priority));
  return text + stream.sender;
}

Result<Stream> parse_stream(std::string_view text) {
  std::size_t const end = text.find(kMore);
  Stream stream{.destination = std::string(text.substr(0, end))};
  if (end == std::string_view::npos) return stream;
  text.remove_prefix(end + 1);
  if (text.empty() || text[0] < '1' || text[0] > '3') return fail(Errc::corrupt, "a stream of the queue that is none");
  stream.priority = static_cast<Priority>(text[0] - '0');
  stream.sender = text.substr(1);
  // There is one way to write each.
  if (stream.priority == Priority::normal && stream.sender.empty()) return fail(Errc::corrupt, "an empty stream");
  return stream;
}

}  // namespace

std::string DueKey::encode() const {
  std::string key = key_of(RowKind::due) + text_of(stream) + '\0';
  ByteWriter writer(key);
  writer.u64(static_cast<std::uint64_t>(due));
  writer.bytes(id.bytes());
  writer.u32(number);
  return key;
}

Result<DueKey> DueKey::decode(std::string_view key) {
  ByteReader reader(key);
  TRY_VOID(expect_kind(reader, RowKind::due));
  std::size_t const end = reader.rest().find('\0');
  if (end == std::string_view::npos) return fail(Errc::corrupt, "a due row without stream");
  DueKey decoded;
  TRY(std::string_view const stream, reader.bytes(end));
  TRY(decoded.stream, parse_stream(stream));
  TRY_VOID(reader.u8());
  TRY(std::uint64_t const due, reader.u64());
  decoded.due = static_cast<Seconds>(due);
  TRY(decoded.id, unique_id(reader));
  TRY(decoded.number, reader.u32());
  TRY_VOID(expect_end(reader));
  return decoded;
}

kv::Range due_range() {
  return kv::prefix_range(key_of(RowKind::due));
}

kv::Range due_range(Stream const& stream) {
  return kv::prefix_range(key_of(RowKind::due) + text_of(stream) + '\0');
}

Stream stream_of(MessageRow const& message, RecipientRow const& recipient) {
  return {recipient.destination, message.priority, message.sender};
}

DueKey due_key(UniqueId id, MessageRow const& message, std::uint32_t number, RecipientRow const& recipient) {
  return {stream_of(message, recipient), recipient.due, id, number};
}

}  // namespace yubin::queue
