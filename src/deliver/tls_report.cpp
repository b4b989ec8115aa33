#include "deliver/tls_report.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"

namespace yubin::deliver {

namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kKind = 'r';  // beside the numbers of queue::RowKind
constexpr std::size_t kMostWords = 200;

std::string key_of(Day day) {
  std::string key;
  ByteWriter writer(key);
  writer.u8(kKind);
  writer.u32(day);
  return key;
}

void write_texts(ByteWriter& writer, std::vector<std::string> const& texts) {
  writer.varint(texts.size());
  for (std::string const& text : texts) writer.text(text);
}

Result<std::string> read_text(ByteReader& reader) {
  TRY(std::string_view text, reader.text());
  return std::string(text);
}

Result<std::vector<std::string>> read_texts(ByteReader& reader) {
  TRY(std::uint64_t const count, reader.varint());
  std::vector<std::string> out;
  for (std::uint64_t i = 0; i < count; ++i) {
    TRY(std::string text, read_text(reader));
    out.push_back(std::move(text));
  }
  return out;
}

Result<ReportedFailure> read_failure(ByteReader& reader) {
  ReportedFailure failure;
  for (std::string* field : {&failure.result, &failure.host, &failure.ip, &failure.from, &failure.why}) {
    TRY(*field, read_text(reader));
  }
  return failure;
}

Result<SessionCounts> read_sessions(ByteReader& reader) {
  SessionCounts sessions;
  TRY(sessions.good, reader.varint());
  TRY(sessions.bad, reader.varint());
  TRY(std::uint64_t const kinds, reader.varint());
  for (std::uint64_t i = 0; i < kinds; ++i) {
    TRY(ReportedFailure failure, read_failure(reader));
    TRY(sessions.failures[std::move(failure)], reader.varint());
  }
  return sessions;
}

// RFC 8259 section 7
std::string quoted_json(std::string_view text) {
  std::string out = "\"";
  for (char const c : text) {
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (static_cast<unsigned char>(c) < ' ') {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string list_json(std::vector<std::string> const& texts) {
  std::string out;
  for (std::string const& text : texts) out += (out.empty() ? "" : ", ") + quoted_json(text);
  return "[" + out + "]";
}

std::string failure_json(ReportedFailure const& failure, std::uint64_t count) {
  std::string out = fmt::format("{{\"result-type\": {}", quoted_json(failure.result));
  auto add = [&](std::string_view name, std::string const& value) {
    if (!value.empty()) out += fmt::format(", \"{}\": {}", name, quoted_json(value));
  };
  add("sending-mta-ip", failure.from);
  add("receiving-mx-hostname", failure.host);
  add("receiving-ip", failure.ip);
  add("failure-reason-code", failure.why);
  return out + fmt::format(", \"failed-session-count\": {}}}", count);
}

std::string policy_json(std::string_view domain, ReportedPolicy const& policy, SessionCounts const& sessions) {
  std::string out = fmt::format("    {{\"policy\": {{\"policy-type\": {}", quoted_json(policy.type));
  if (!policy.lines.empty()) out += fmt::format(", \"policy-string\": {}", list_json(policy.lines));
  out += fmt::format(", \"policy-domain\": {}", quoted_json(domain));
  if (!policy.mx.empty()) out += fmt::format(", \"mx-host\": {}", list_json(policy.mx));
  out += fmt::format(
      "}},\n     \"summary\": {{\"total-successful-session-count\": {}, \"total-failure-session-count\": {}}}",
      sessions.good, sessions.bad);
  std::string failures;
  for (auto const& [failure, count] : sessions.failures)
    failures += (failures.empty() ? "" : ",\n       ") + failure_json(failure, count);
  if (!failures.empty()) out += fmt::format(",\n     \"failure-details\": [{}]", failures);
  return out + "}";
}

}  // namespace

void count_good(DomainCounts& counts, ReportedPolicy const& policy) {
  ++counts[policy].good;
}

void count_bad(DomainCounts& counts, ReportedPolicy const& policy, ReportedFailure failure) {
  failure.why.resize(std::min(failure.why.size(), kMostWords));
  SessionCounts& sessions = counts[policy];
  ++sessions.bad;
  if (sessions.failures.size() < kMostFailures || sessions.failures.contains(failure))
    ++sessions.failures[std::move(failure)];
}

void add(DomainCounts& counts, DomainCounts const& more) {
  for (auto const& [policy, sessions] : more) {
    SessionCounts& sum = counts[policy];
    sum.good += sessions.good;
    sum.bad += sessions.bad;
    for (auto const& [failure, count] : sessions.failures)
      if (sum.failures.size() < kMostFailures || sum.failures.contains(failure)) sum.failures[failure] += count;
  }
}

Day day_of(WallTime time) {
  return static_cast<Day>(std::chrono::floor<std::chrono::days>(time).time_since_epoch().count());
}

std::int64_t begin_of(Day day) {
  return std::int64_t{day} * 24 * 60 * 60;
}

std::string TlsReportKey::encode() const {
  return key_of(day) + domain + '\0' + std::string(run.bytes());
}

Result<TlsReportKey> TlsReportKey::decode(std::string_view key) {
  ByteReader reader(key);
  TRY(std::uint8_t const kind, reader.u8());
  if (kind != kKind) return fail(Errc::corrupt, "not the key of TLS counts");
  TlsReportKey out;
  TRY(out.day, reader.u32());
  std::string_view const rest = reader.rest();
  std::size_t const end = rest.find('\0');
  if (end == std::string_view::npos) return fail(Errc::corrupt, "a key of TLS counts has no domain");
  out.domain = rest.substr(0, end);
  TRY(out.run, UniqueId::from_bytes(rest.substr(end + 1)));
  return out;
}

kv::Range tls_report_range() {
  return kv::prefix_range(std::string(1, static_cast<char>(kKind)));
}

kv::Range tls_report_range(Day end) {
  return {key_of(0), key_of(end)};
}

kv::Range tls_report_range(Day day, std::string_view domain) {
  return kv::prefix_range(key_of(day) + std::string(domain) + '\0');
}

std::string encode_counts(DomainCounts const& counts) {
  std::string value;
  ByteWriter writer(value);
  writer.u8(kVersion);
  writer.varint(counts.size());
  for (auto const& [policy, sessions] : counts) {
    writer.text(policy.type);
    write_texts(writer, policy.lines);
    write_texts(writer, policy.mx);
    writer.varint(sessions.good);
    writer.varint(sessions.bad);
    writer.varint(sessions.failures.size());
    for (auto const& [failure, count] : sessions.failures) {
      for (std::string const* field : {&failure.result, &failure.host, &failure.ip, &failure.from, &failure.why})
        writer.text(*field);
      writer.varint(count);
    }
  }
  return value;
}

Result<DomainCounts> decode_counts(std::string_view value) {
  ByteReader reader(value);
  TRY(std::uint8_t const version, reader.u8());
  if (version != kVersion) return fail(Errc::corrupt, "TLS counts have an unknown version");
  TRY(std::uint64_t const policies, reader.varint());
  DomainCounts counts;
  for (std::uint64_t i = 0; i < policies; ++i) {
    ReportedPolicy policy;
    TRY(policy.type, read_text(reader));
    TRY(policy.lines, read_texts(reader));
    TRY(policy.mx, read_texts(reader));
    TRY(counts[std::move(policy)], read_sessions(reader));
  }
  if (!reader.at_end()) return fail(Errc::corrupt, "something follows TLS counts");
  return counts;
}

std::string tls_report_json(ReportHead const& head, Day day, std::string_view domain, DomainCounts const& counts) {
  std::string const date = fmt::format("{:%Y-%m-%d}", fmt::gmtime(begin_of(day)));
  std::string policies;
  for (auto const& [policy, sessions] : counts)
    policies += (policies.empty() ? "" : ",\n") + policy_json(domain, policy, sessions);
  return fmt::format(
      "{{\"organization-name\": {},\n \"date-range\": {{\"start-datetime\": \"{}T00:00:00Z\", \"end-datetime\": "
      "\"{}T23:59:59Z\"}},\n \"contact-info\": {},\n \"report-id\": {},\n \"policies\": [\n{}\n ]}}\n",
      quoted_json(head.organization), date, date, quoted_json(head.contact), quoted_json(head.id), policies);
}

}  // namespace yubin::deliver
