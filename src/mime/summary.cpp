#include "mime/summary.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/bytes.h"
#include "base/text.h"
#include "mime/header.h"

namespace yubin::mime {

namespace {

constexpr std::uint8_t kVersion = 1;

// Never give a tag another meaning; docs/FORMAT.md lists them.
enum class SummaryTag : std::uint8_t { envelope = 1, root = 2, fields = 3, incomplete = 4, thread = 5 };
enum class EnvelopeTag : std::uint8_t {
  date = 1,
  subject = 2,
  from = 3,
  sender = 4,
  reply_to = 5,
  to = 6,
  cc = 7,
  bcc = 8,
  in_reply_to = 9,
  message_id = 10,
};
enum class AddressTag : std::uint8_t { kind = 1, name = 2, route = 3, local_part = 4, domain = 5 };
enum class PartTag : std::uint8_t {
  kind = 1,
  type = 2,
  subtype = 3,
  parameter = 4,
  encoding = 5,
  id = 6,
  description = 7,
  md5 = 8,
  disposition = 9,
  disposition_parameter = 10,
  language = 11,
  location = 12,
  offsets = 13,  // header_begin, body_begin, end as differences; lines
  child = 14,
  envelope = 15,
};
enum class ParameterTag : std::uint8_t { name = 1, value = 2 };

class RecordWriter {
 public:
  template <class Tag>
  void put(Tag tag, std::string_view value) {
    ByteWriter writer(out_);
    writer.varint(static_cast<std::uint8_t>(tag));
    writer.text(value);
  }
  template <class Tag>
  void put_unless(std::string_view normal, Tag tag, std::string_view value) {
    if (value != normal) put(tag, value);
  }
  template <class Tag>
  void put_if(Tag tag, std::optional<std::string> const& value) {
    if (value) put(tag, *value);
  }
  std::string take() && { return std::move(out_); }

 private:
  std::string out_;
};

// Calls `use(tag, value)` for each field.
template <class Use>
Result<> read_record(std::string_view record, Use use) {
  ByteReader reader(record);
  while (!reader.at_end()) {
    TRY(std::uint64_t tag, reader.varint());
    TRY(std::string_view value, reader.text());
    TRY_VOID(use(tag, value));
  }
  return {};
}

template <class Enum>
Result<Enum> kind(std::string_view value, Enum last) {
  ByteReader reader(value);
  TRY(std::uint8_t number, reader.u8());
  if (number > std::to_underlying(last) || !reader.at_end()) return fail(Errc::corrupt, "no such kind");
  return static_cast<Enum>(number);
}

char kind_byte(auto kind) {
  return static_cast<char>(std::to_underlying(kind));
}

std::string encode(ListedAddress const& address) {
  RecordWriter out;
  char kind = kind_byte(address.kind);
  if (address.kind != ListedAddress::Kind::mailbox) out.put(AddressTag::kind, std::string_view(&kind, 1));
  out.put_unless("", AddressTag::name, address.name);
  out.put_unless("", AddressTag::route, address.route);
  out.put_unless("", AddressTag::local_part, address.local_part);
  out.put_unless("", AddressTag::domain, address.domain);
  return std::move(out).take();
}

Result<ListedAddress> decode_address(std::string_view record) {
  ListedAddress out;
  TRY_VOID(read_record(record, [&](std::uint64_t tag, std::string_view value) -> Result<> {
    switch (static_cast<AddressTag>(tag)) {
      case AddressTag::kind: {
        TRY(out.kind, kind(value, ListedAddress::Kind::group_end));
        break;
      }
      case AddressTag::name:
        out.name = value;
        break;
      case AddressTag::route:
        out.route = value;
        break;
      case AddressTag::local_part:
        out.local_part = value;
        break;
      case AddressTag::domain:
        out.domain = value;
        break;
    }
    return {};
  }));
  return out;
}

std::string encode(Envelope const& envelope) {
  RecordWriter out;
  auto addresses = [&](EnvelopeTag tag, AddressList const& list) {
    for (ListedAddress const& address : list) out.put(tag, encode(address));
  };
  out.put_if(EnvelopeTag::date, envelope.date);
  out.put_if(EnvelopeTag::subject, envelope.subject);
  addresses(EnvelopeTag::from, envelope.from);
  addresses(EnvelopeTag::sender, envelope.sender);
  addresses(EnvelopeTag::reply_to, envelope.reply_to);
  addresses(EnvelopeTag::to, envelope.to);
  addresses(EnvelopeTag::cc, envelope.cc);
  addresses(EnvelopeTag::bcc, envelope.bcc);
  out.put_if(EnvelopeTag::in_reply_to, envelope.in_reply_to);
  out.put_if(EnvelopeTag::message_id, envelope.message_id);
  return std::move(out).take();
}

AddressList* list_of(Envelope& envelope, EnvelopeTag tag) {
  switch (tag) {
    case EnvelopeTag::from:
      return &envelope.from;
    case EnvelopeTag::sender:
      return &envelope.sender;
    case EnvelopeTag::reply_to:
      return &envelope.reply_to;
    case EnvelopeTag::to:
      return &envelope.to;
    case EnvelopeTag::cc:
      return &envelope.cc;
    case EnvelopeTag::bcc:
      return &envelope.bcc;
    default:
      return nullptr;
  }
}

std::optional<std::string>* text_of(Envelope& envelope, EnvelopeTag tag) {
  switch (tag) {
    case EnvelopeTag::date:
      return &envelope.date;
    case EnvelopeTag::subject:
      return &envelope.subject;
    case EnvelopeTag::in_reply_to:
      return &envelope.in_reply_to;
    case EnvelopeTag::message_id:
      return &envelope.message_id;
    default:
      return nullptr;
  }
}

Result<Envelope> decode_envelope(std::string_view record) {
  Envelope out;
  TRY_VOID(read_record(record, [&](std::uint64_t number, std::string_view value) -> Result<> {
    if (number > std::to_underlying(EnvelopeTag::message_id)) return {};
    auto tag = static_cast<EnvelopeTag>(number);
    if (AddressList* list = list_of(out, tag)) {
      TRY(ListedAddress address, decode_address(value));
      list->push_back(std::move(address));
    } else if (auto* text = text_of(out, tag)) {
      *text = value;
    }
    return {};
  }));
  return out;
}

std::string encode(Parameter const& parameter) {
  RecordWriter out;
  out.put(ParameterTag::name, parameter.name);
  out.put(ParameterTag::value, parameter.value);
  return std::move(out).take();
}

Result<Parameter> decode_parameter(std::string_view record) {
  Parameter out;
  TRY_VOID(read_record(record, [&](std::uint64_t tag, std::string_view value) -> Result<> {
    if (tag == std::to_underlying(ParameterTag::name)) out.name = value;
    if (tag == std::to_underlying(ParameterTag::value)) out.value = value;
    return {};
  }));
  return out;
}

std::string encode_offsets(Part const& part) {
  std::string out;
  ByteWriter writer(out);
  writer.varint(part.header_begin);
  writer.varint(part.body_begin - part.header_begin);
  writer.varint(part.end - part.body_begin);
  writer.varint(part.lines);
  return out;
}

Result<> decode_offsets(std::string_view value, Part& part) {
  ByteReader reader(value);
  TRY(part.header_begin, reader.varint());
  TRY(std::uint64_t header, reader.varint());
  TRY(std::uint64_t body, reader.varint());
  TRY(part.lines, reader.varint());
  constexpr std::uint64_t kMax = std::uint64_t{1} << 60;
  if (part.header_begin > kMax || header > kMax || body > kMax || !reader.at_end())
    return fail(Errc::corrupt, "offsets of a part");
  part.body_begin = part.header_begin + header;
  part.end = part.body_begin + body;
  return {};
}

std::string encode(Part const& part) {
  Part const normal;
  RecordWriter out;
  char kind = kind_byte(part.kind);
  if (part.kind != normal.kind) out.put(PartTag::kind, std::string_view(&kind, 1));
  out.put_unless(normal.type, PartTag::type, part.type);
  out.put_unless(normal.subtype, PartTag::subtype, part.subtype);
  for (Parameter const& parameter : part.parameters) out.put(PartTag::parameter, encode(parameter));
  out.put_unless(normal.encoding, PartTag::encoding, part.encoding);
  out.put_if(PartTag::id, part.id);
  out.put_if(PartTag::description, part.description);
  out.put_if(PartTag::md5, part.md5);
  out.put_unless("", PartTag::disposition, part.disposition.type);
  for (Parameter const& parameter : part.disposition.parameters)
    out.put(PartTag::disposition_parameter, encode(parameter));
  for (std::string const& language : part.languages) out.put(PartTag::language, language);
  out.put_if(PartTag::location, part.location);
  out.put(PartTag::offsets, encode_offsets(part));
  for (Part const& child : part.children) out.put(PartTag::child, encode(child));
  if (part.envelope) out.put(PartTag::envelope, encode(*part.envelope));
  return std::move(out).take();
}

Result<Part> decode_part(std::string_view record, std::size_t depth);

Result<> decode_part_field(PartTag tag, std::string_view value, std::size_t depth, Part& out) {
  switch (tag) {
    case PartTag::kind: {
      TRY(out.kind, kind(value, Part::Kind::message));
      break;
    }
    case PartTag::type:
      out.type = value;
      break;
    case PartTag::subtype:
      out.subtype = value;
      break;
    case PartTag::parameter: {
      TRY(Parameter parameter, decode_parameter(value));
      out.parameters.push_back(std::move(parameter));
      break;
    }
    case PartTag::encoding:
      out.encoding = value;
      break;
    case PartTag::id:
      out.id = value;
      break;
    case PartTag::description:
      out.description = value;
      break;
    case PartTag::md5:
      out.md5 = value;
      break;
    case PartTag::disposition:
      out.disposition.type = value;
      break;
    case PartTag::disposition_parameter: {
      TRY(Parameter parameter, decode_parameter(value));
      out.disposition.parameters.push_back(std::move(parameter));
      break;
    }
    case PartTag::language:
      out.languages.emplace_back(value);
      break;
    case PartTag::location:
      out.location = value;
      break;
    case PartTag::offsets:
      return decode_offsets(value, out);
    case PartTag::child: {
      TRY(Part child, decode_part(value, depth + 1));
      out.children.push_back(std::move(child));
      break;
    }
    case PartTag::envelope: {
      TRY(out.envelope, decode_envelope(value));
      break;
    }
  }
  return {};
}

// What a parser promises of a part, so that readers need not check.
bool holds_together(Part const& part) {
  std::size_t children = part.children.size();
  bool message = part.kind == Part::Kind::message;
  if (part.kind == Part::Kind::leaf ? children != 0 : message ? children != 1 : children == 0) return false;
  if (part.envelope.has_value() != message) return false;
  std::uint64_t at = part.body_begin;
  for (Part const& child : part.children) {
    if (child.header_begin < at || child.end > part.end) return false;
    at = child.end;
  }
  return true;
}

Result<Part> decode_part(std::string_view record, std::size_t depth) {
  if (depth > kMaxDepth) return fail(Errc::corrupt, "parts nested too deep");
  Part out;
  TRY_VOID(read_record(record, [&](std::uint64_t tag, std::string_view value) -> Result<> {
    if (tag > std::to_underlying(PartTag::envelope)) return {};
    return decode_part_field(static_cast<PartTag>(tag), value, depth, out);
  }));
  if (!holds_together(out)) return fail(Errc::corrupt, "a part that cannot be");
  return out;
}

std::string encode_keys(std::vector<std::uint64_t> const& keys) {
  std::string out;
  for (std::uint64_t key : keys) ByteWriter(out).u64(key);
  return out;
}

Result<std::vector<std::uint64_t>> decode_keys(std::string_view value) {
  std::vector<std::uint64_t> keys;
  for (ByteReader reader(value); !reader.at_end();) {
    TRY(std::uint64_t key, reader.u64());
    keys.push_back(key);
  }
  return keys;
}

// The fields of a summary's record.
Result<std::string_view> summary_fields(std::string_view record) {
  ByteReader reader(record);
  TRY(std::uint8_t version, reader.u8());
  if (version != kVersion) return fail(Errc::corrupt, "a summary of a version that is not known");
  return reader.rest();
}

constexpr auto kCommonFields = std::to_array<std::string_view>({"from",
                                                                "sender",
                                                                "reply-to",
                                                                "to",
                                                                "cc",
                                                                "bcc",
                                                                "subject",
                                                                "date",
                                                                "message-id",
                                                                "references",
                                                                "in-reply-to",
                                                                "newsgroups",
                                                                "priority",
                                                                "x-priority",
                                                                "importance",
                                                                "list-id",
                                                                "list-post",
                                                                "content-type",
                                                                "mime-version",
                                                                "x-mailer",
                                                                "user-agent",
                                                                "precedence",
                                                                "auto-submitted",
                                                                "return-receipt-to",
                                                                "disposition-notification-to",
                                                                "content-transfer-encoding"});

}  // namespace

bool is_common_field(std::string_view name) {
  return std::ranges::any_of(kCommonFields, [&](std::string_view common) { return iequals(common, name); });
}

std::optional<std::string> keep_common_fields(HeaderSection const& header, std::size_t limit) {
  if (!header.complete()) return std::nullopt;
  std::string out;
  for (FieldView field : header) {
    if (!is_common_field(field.name)) continue;
    if (out.size() + field.raw.size() + 2 > limit) return std::nullopt;
    out += field.raw;
    if (!out.ends_with('\n')) out += "\r\n";  // the message ends in this field
  }
  return out;
}

std::string encode(Summary const& summary) {
  RecordWriter out;
  out.put(SummaryTag::envelope, encode(summary.envelope));
  out.put(SummaryTag::root, encode(summary.root));
  out.put_if(SummaryTag::fields, summary.fields);
  if (!summary.complete) out.put(SummaryTag::incomplete, "");
  if (!summary.thread.empty()) out.put(SummaryTag::thread, encode_keys(summary.thread));
  return static_cast<char>(kVersion) + std::move(out).take();
}

Result<Summary> decode_summary(std::string_view record) {
  TRY(std::string_view fields, summary_fields(record));
  Summary out;
  bool has_root = false;
  TRY_VOID(read_record(fields, [&](std::uint64_t tag, std::string_view value) -> Result<> {
    if (tag == std::to_underlying(SummaryTag::envelope)) {
      TRY(out.envelope, decode_envelope(value));
    } else if (tag == std::to_underlying(SummaryTag::root)) {
      TRY(out.root, decode_part(value, 1));
      has_root = true;
    } else if (tag == std::to_underlying(SummaryTag::fields)) {
      out.fields = value;
    } else if (tag == std::to_underlying(SummaryTag::incomplete)) {
      out.complete = false;
    } else if (tag == std::to_underlying(SummaryTag::thread)) {
      TRY(out.thread, decode_keys(value));
    }
    return {};
  }));
  if (!has_root) return fail(Errc::corrupt, "a summary without parts");
  return out;
}

Result<std::vector<std::uint64_t>> decode_thread(std::string_view record) {
  TRY(std::string_view fields, summary_fields(record));
  std::vector<std::uint64_t> keys;
  TRY_VOID(read_record(fields, [&](std::uint64_t tag, std::string_view value) -> Result<> {
    if (tag == std::to_underlying(SummaryTag::thread)) {
      TRY(keys, decode_keys(value));
    }
    return {};
  }));
  return keys;
}

}  // namespace yubin::mime
