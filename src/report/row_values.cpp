// The values of the rows.
#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "report/rows.h"

namespace yubin::report {

namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kNameVersion = 2;
constexpr std::size_t kPart = 128 * 1024;   // bytes from which on a part is full; one more record fits into a row
constexpr std::size_t kMostKeptText = 200;  // of words for people, so that a record fits with all its results

std::string begin_value() {
  return std::string(1, static_cast<char>(kVersion));
}

Result<> read_version(ByteReader& reader) {
  TRY(std::uint8_t const version, reader.u8());
  if (version != kVersion) return fail(Errc::corrupt, "a report's row has an unknown version");
  return {};
}

Result<> at_end(ByteReader const& reader) {
  if (!reader.at_end()) return fail(Errc::corrupt, "something follows a report's row");
  return {};
}

Result<> read_texts(ByteReader& reader, std::initializer_list<std::string*> texts) {
  for (std::string* text : texts) {
    TRY(*text, reader.text());
  }
  return {};
}

void write_texts(ByteWriter& writer, std::initializer_list<std::string const*> texts) {
  for (std::string const* text : texts) writer.text(*text);
}

void write_list(ByteWriter& writer, std::vector<std::string> const& texts) {
  writer.varint(texts.size());
  for (std::string const& text : texts) writer.text(text);
}

Result<std::vector<std::string>> read_list(ByteReader& reader) {
  TRY(std::uint64_t const count, reader.varint());
  std::vector<std::string> out;
  for (std::uint64_t i = 0; i < count; ++i) {
    TRY(std::string_view const text, reader.text());
    out.emplace_back(text);
  }
  return out;
}

void write_address(ByteWriter& writer, IpAddress const& address) {
  auto const bytes = address.bytes();
  writer.text({reinterpret_cast<char const*>(bytes.data()), bytes.size()});
}

Result<IpAddress> read_address(ByteReader& reader) {
  TRY(std::string_view const bytes, reader.text());
  return decode_name_key("n" + std::string(bytes));
}

// --- DMARC

// A record's bits besides its disposition.
constexpr std::uint8_t kDisposition = 3;
constexpr std::uint8_t kDkimAligned = 4;
constexpr std::uint8_t kSpfAligned = 8;
constexpr std::uint8_t kHasEnvelopeFrom = 16;

void write_head(ByteWriter& writer, AggregateReport const& report) {
  write_texts(writer, {&report.organization, &report.email, &report.contact, &report.id});
  writer.signed_varint(report.begin);
  writer.signed_varint(report.end);
  write_texts(writer, {&report.error, &report.generator});
  PublishedPolicy const& policy = report.policy;
  write_texts(writer, {&policy.domain, &policy.p, &policy.sp, &policy.np, &policy.adkim, &policy.aspf, &policy.pct,
                       &policy.fo, &policy.testing, &policy.discovery_method});
}

Result<> read_head(ByteReader& reader, AggregateReport& report) {
  TRY_VOID(read_texts(reader, {&report.organization, &report.email, &report.contact, &report.id}));
  TRY(report.begin, reader.signed_varint());
  TRY(report.end, reader.signed_varint());
  TRY_VOID(read_texts(reader, {&report.error, &report.generator}));
  PublishedPolicy& policy = report.policy;
  return read_texts(reader, {&policy.domain, &policy.p, &policy.sp, &policy.np, &policy.adkim, &policy.aspf,
                             &policy.pct, &policy.fo, &policy.testing, &policy.discovery_method});
}

std::string short_text(std::string const& text) {
  std::size_t most = kMostKeptText;
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0) == 0x80) --most;
  return text.substr(0, most);
}

void write_results(ByteWriter& writer, std::vector<AuthResult> const& results) {
  writer.varint(results.size());
  for (AuthResult const& one : results) {
    writer.text(one.domain);
    writer.text(short_text(one.selector));
    writer.text(one.scope);
    writer.text(one.result);
    writer.text(short_text(one.detail));
  }
}

Result<std::vector<AuthResult>> read_results(ByteReader& reader) {
  TRY(std::uint64_t const count, reader.varint());
  std::vector<AuthResult> out;
  for (std::uint64_t i = 0; i < count; ++i) {
    AuthResult one;
    TRY_VOID(read_texts(reader, {&one.domain, &one.selector, &one.scope, &one.result, &one.detail}));
    out.push_back(std::move(one));
  }
  return out;
}

std::string encode_record(AggregateRecord const& record) {
  std::string out;
  ByteWriter writer(out);
  write_address(writer, record.source);
  writer.varint(record.count);
  auto bits = static_cast<std::uint8_t>(record.disposition);
  if (record.dkim_aligned == Aligned::yes) bits |= kDkimAligned;
  if (record.spf_aligned == Aligned::yes) bits |= kSpfAligned;
  if (record.envelope_from) bits |= kHasEnvelopeFrom;
  writer.u8(bits);
  writer.text(record.header_from);
  if (record.envelope_from) writer.text(*record.envelope_from);
  writer.text(record.envelope_to);
  writer.varint(record.overrides.size());
  for (Override const& one : record.overrides) {
    writer.text(one.type);
    writer.text(short_text(one.comment));
  }
  write_results(writer, record.dkim);
  write_results(writer, record.spf);
  return out;
}

Result<AggregateRecord> read_record(ByteReader& reader) {
  AggregateRecord record;
  TRY(record.source, read_address(reader));
  TRY(record.count, reader.varint());
  TRY(std::uint8_t const bits, reader.u8());
  record.disposition = static_cast<Disposition>(bits & kDisposition);
  if ((bits & kDkimAligned) != 0) record.dkim_aligned = Aligned::yes;
  if ((bits & kSpfAligned) != 0) record.spf_aligned = Aligned::yes;
  TRY(record.header_from, reader.text());
  if ((bits & kHasEnvelopeFrom) != 0) {
    TRY(record.envelope_from, reader.text());
  }
  TRY(record.envelope_to, reader.text());
  TRY(std::uint64_t const overrides, reader.varint());
  for (std::uint64_t i = 0; i < overrides; ++i) {
    Override one;
    TRY_VOID(read_texts(reader, {&one.type, &one.comment}));
    record.overrides.push_back(std::move(one));
  }
  TRY(record.dkim, read_results(reader));
  TRY(record.spf, read_results(reader));
  return record;
}

std::string aggregate_part(AggregateReport const& report, std::uint64_t unreadable, std::size_t count,
                           std::string const& records) {
  std::string value = begin_value();
  ByteWriter writer(value);
  write_head(writer, report);
  writer.varint(unreadable);
  writer.varint(count);
  writer.bytes(records);
  return value;
}

// --- TLS

void write_failure(ByteWriter& writer, TlsFailure const& one) {
  write_texts(writer, {&one.result, &one.sending_ip, &one.mx, &one.helo, &one.receiving_ip, &one.more, &one.reason});
  writer.varint(one.count);
}

Result<TlsFailure> read_failure(ByteReader& reader) {
  TlsFailure one;
  TRY_VOID(read_texts(reader,
                      {&one.result, &one.sending_ip, &one.mx, &one.helo, &one.receiving_ip, &one.more, &one.reason}));
  TRY(one.count, reader.varint());
  return one;
}

std::string tls_part(TlsReport const& report, TlsPolicy const& policy, std::size_t failures, std::string const& bytes) {
  std::string value = begin_value();
  ByteWriter writer(value);
  write_texts(writer, {&report.organization, &report.contact, &report.id});
  writer.signed_varint(report.begin);
  writer.signed_varint(report.end);
  write_texts(writer, {&policy.type, &policy.domain});
  write_list(writer, policy.lines);
  write_list(writer, policy.mx);
  writer.varint(policy.good);
  writer.varint(policy.bad);
  writer.varint(failures);
  writer.bytes(bytes);
  return value;
}

}  // namespace

std::string encode_mark(Day day) {
  std::string value = begin_value();
  ByteWriter(value).u32(day);
  return value;
}

Result<Day> decode_mark(std::string_view value) {
  ByteReader reader(value);
  TRY_VOID(read_version(reader));
  TRY(Day const day, reader.u32());
  TRY_VOID(at_end(reader));
  return day;
}

std::vector<std::string> encode_aggregate(AggregateReport const& report) {
  std::vector<std::string> parts;
  std::string records;
  std::size_t count = 0;
  auto close = [&] {
    parts.push_back(aggregate_part(report, parts.empty() ? report.unreadable : 0, count, records));
    records.clear();
    count = 0;
  };
  for (AggregateRecord const& record : report.records) {
    records += encode_record(record);
    ++count;
    if (records.size() >= kPart) close();
  }
  if (count > 0 || parts.empty()) close();
  return parts;
}

Result<AggregateReport> decode_aggregate(std::string_view value) {
  ByteReader reader(value);
  TRY_VOID(read_version(reader));
  AggregateReport report;
  TRY_VOID(read_head(reader, report));
  TRY(report.unreadable, reader.varint());
  TRY(std::uint64_t const count, reader.varint());
  for (std::uint64_t i = 0; i < count; ++i) {
    TRY(AggregateRecord record, read_record(reader));
    report.records.push_back(std::move(record));
  }
  TRY_VOID(at_end(reader));
  return report;
}

std::vector<std::string> encode_tls(TlsReport const& report) {
  std::vector<std::string> parts;
  for (TlsPolicy policy : report.policies) {
    std::string failures;
    std::size_t count = 0;
    auto close = [&] {
      parts.push_back(tls_part(report, policy, count, failures));
      failures.clear();
      count = 0;
      policy.good = policy.bad = 0;  // counted in the first part
    };
    for (TlsFailure const& one : policy.failures) {
      ByteWriter writer(failures);
      write_failure(writer, one);
      ++count;
      if (failures.size() >= kPart) close();
    }
    close();
  }
  return parts;
}

Result<TlsReport> decode_tls(std::string_view value) {
  ByteReader reader(value);
  TRY_VOID(read_version(reader));
  TlsReport report;
  TRY_VOID(read_texts(reader, {&report.organization, &report.contact, &report.id}));
  TRY(report.begin, reader.signed_varint());
  TRY(report.end, reader.signed_varint());
  TlsPolicy policy;
  TRY_VOID(read_texts(reader, {&policy.type, &policy.domain}));
  TRY(policy.lines, read_list(reader));
  TRY(policy.mx, read_list(reader));
  TRY(policy.good, reader.varint());
  TRY(policy.bad, reader.varint());
  TRY(std::uint64_t const failures, reader.varint());
  for (std::uint64_t i = 0; i < failures; ++i) {
    TRY(TlsFailure one, read_failure(reader));
    policy.failures.push_back(std::move(one));
  }
  TRY_VOID(at_end(reader));
  report.policies.push_back(std::move(policy));
  return report;
}

std::string encode_failure(FailureReport const& report) {
  std::string value = begin_value();
  ByteWriter writer(value);
  write_texts(writer,
              {&report.feedback_type, &report.user_agent, &report.auth_failure, &report.identity_alignment,
               &report.delivery_result, &report.reported_domain, &report.source, &report.mail_from, &report.dkim_domain,
               &report.dkim_selector, &report.reporting_mta, &report.from, &report.subject, &report.message_id});
  writer.signed_varint(report.arrival);
  writer.varint(report.incidents);
  return value;
}

Result<FailureReport> decode_failure(std::string_view value) {
  ByteReader reader(value);
  TRY_VOID(read_version(reader));
  FailureReport report;
  TRY_VOID(read_texts(
      reader, {&report.feedback_type, &report.user_agent, &report.auth_failure, &report.identity_alignment,
               &report.delivery_result, &report.reported_domain, &report.source, &report.mail_from, &report.dkim_domain,
               &report.dkim_selector, &report.reporting_mta, &report.from, &report.subject, &report.message_id}));
  TRY(report.arrival, reader.signed_varint());
  TRY(report.incidents, reader.varint());
  TRY_VOID(at_end(reader));
  return report;
}

std::string encode_size(std::uint64_t bytes) {
  std::string value = begin_value();
  ByteWriter(value).varint(bytes);
  return value;
}

Result<std::uint64_t> decode_size(std::string_view value) {
  ByteReader reader(value);
  TRY_VOID(read_version(reader));
  TRY(std::uint64_t const bytes, reader.varint());
  TRY_VOID(at_end(reader));
  return bytes;
}

std::string encode_name(ReverseName const& name) {
  std::string value;
  ByteWriter writer(value);
  writer.u8(kNameVersion);
  writer.text(name.name);
  writer.u8(name.confirmed ? 1 : 0);
  writer.signed_varint(name.looked_up);
  writer.u32(name.reported);
  return value;
}

Result<ReverseName> decode_name(std::string_view value) {
  ByteReader reader(value);
  TRY(std::uint8_t const version, reader.u8());
  if (version == 0 || version > kNameVersion) return fail(Errc::corrupt, "a name's row has an unknown version");
  ReverseName name;
  TRY(name.name, reader.text());
  TRY(std::uint8_t const confirmed, reader.u8());
  name.confirmed = confirmed != 0;
  TRY(name.looked_up, reader.signed_varint());
  if (version == kNameVersion) {
    TRY(name.reported, reader.u32());
  }
  TRY_VOID(at_end(reader));
  return name;
}

}  // namespace yubin::report
