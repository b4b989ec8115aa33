#include <fmt/format.h>
#include <zlib.h>

#include "base/text.h"
#include "report/aggregate.h"
#include "report/words.h"

namespace yubin::report {

namespace {

constexpr std::int64_t kDay = 24 * 60 * 60;
constexpr std::uint64_t kNotSeconds = 100'000'000'000;  // the year 5138

// Seconds since 1970; some reporters count milliseconds, or add a fraction.
std::optional<std::int64_t> parse_time(std::string_view text) {
  std::optional<std::uint64_t> value = parse_number(text.substr(0, text.find('.')));
  if (value && *value >= kNotSeconds) *value /= 1000;
  if (!value || *value >= kNotSeconds) return std::nullopt;
  return static_cast<std::int64_t>(*value);
}

Disposition parse_disposition(std::string_view word) {
  for (Disposition one : {Disposition::pass, Disposition::quarantine, Disposition::reject})
    if (iequals(trim(word), to_string(one))) return one;
  return Disposition::none;
}

Aligned parse_aligned(std::string_view word) {
  return iequals(trim(word), "pass") ? Aligned::yes : Aligned::no;
}

// Finds each element by its own name and its parent's, wherever that stands.
class Reader final : public XmlHandler {
 public:
  explicit Reader(AggregateLimits const& limits) : limits_(limits) {}

  Result<> begin(std::string_view name) override {
    if (open_.empty() && name != "feedback")
      return fail(Errc::syntax, fmt::format("an XML document, but no report: its root is {}", quoted(name, 40)));
    std::string_view const parent = open_.empty() ? "" : std::string_view(open_.back());
    if (is_record(name)) {
      record_ = {};
      has_source_ = has_count_ = false;
    }
    if (parent == "auth_results") result_ = {};
    if (name == "reason") override_ = {};
    open_.emplace_back(name);
    return {};
  }

  Result<> end(std::string_view name, std::string text) override {
    open_.pop_back();
    std::string_view const parent = open_.empty() ? "" : std::string_view(open_.back());
    if (is_record(name)) return end_record();
    if (name == "reason" && record_.overrides.size() < limits_.results)
      record_.overrides.push_back(std::move(override_));
    if (parent == "auth_results") end_result(name);
    if (parent == "report_metadata") metadata(name, text);
    if (parent == "date_range") date(name, text);
    if (parent == "policy_published") policy(name, text);
    if (parent == "row") row(name, text);
    if (parent == "policy_evaluated") evaluated(name, text);
    if (parent == "reason") reason(name, text);
    if (parent == "identifiers" || parent == "identities") identifier(name, text);  // as early drafts called it
    if ((parent == "dkim" || parent == "spf") && open_.size() > 1 && open_[open_.size() - 2] == "auth_results")
      result(name, text);
    return {};
  }

  Result<AggregateReport> finish(std::string_view xml) && {
    AggregateReport& report = report_;
    if (report.policy.domain.empty() && !report.records.empty())
      report.policy.domain = report.records.front().header_from;
    if (report.policy.domain.empty()) return fail(Errc::syntax, "the report does not say for which domain it is");
    if (!begin_) return fail(Errc::syntax, "the report does not say for which time it is");
    report.begin = *begin_;
    report.end = end_ && *end_ >= *begin_ ? *end_ : *begin_ + kDay - 1;
    if (report.id.empty())
      report.id = fmt::format("crc32-{:08x}", crc32_z(0, reinterpret_cast<Bytef const*>(xml.data()), xml.size()));
    return std::move(report);
  }

 private:
  // What stands elsewhere under this name is somebody's extension. Before it is opened, after it is closed.
  bool is_record(std::string_view name) const { return name == "record" && open_.size() == 1; }

  void metadata(std::string_view name, std::string_view text) {
    if (name == "org_name") report_.organization = tame(text);
    if (name == "email") report_.email = tame(text);
    if (name == "extra_contact_info") report_.contact = tame(text);
    if (name == "report_id") report_.id = tame(text);
    if (name == "error") report_.error = tame(report_.error + " " + std::string(text));
    if (name == "generator") report_.generator = tame(text);
  }

  void date(std::string_view name, std::string_view text) {
    if (name == "begin") begin_ = parse_time(trim(text));
    if (name == "end") end_ = parse_time(trim(text));
  }

  void policy(std::string_view name, std::string_view text) {
    PublishedPolicy& policy = report_.policy;
    std::pair<std::string_view, std::string*> const members[] = {
        {"domain", &policy.domain},   {"p", &policy.p},
        {"sp", &policy.sp},           {"np", &policy.np},
        {"adkim", &policy.adkim},     {"aspf", &policy.aspf},
        {"pct", &policy.pct},         {"fo", &policy.fo},
        {"testing", &policy.testing}, {"discovery_method", &policy.discovery_method}};
    for (auto const& [member, value] : members)
      if (name == member) *value = tame_word(text);
  }

  void row(std::string_view name, std::string_view text) {
    if (name == "source_ip") {
      Result<IpAddress> const source = IpAddress::parse(trim(text));
      has_source_ = source.has_value();
      if (source) record_.source = *source;
    }
    if (name == "count") {
      std::optional<std::uint64_t> const count = parse_number(trim(text));
      has_count_ = count.has_value();
      record_.count = count.value_or(0);
    }
  }

  void evaluated(std::string_view name, std::string_view text) {
    if (name == "disposition") record_.disposition = parse_disposition(text);
    if (name == "dkim") record_.dkim_aligned = parse_aligned(text);
    if (name == "spf") record_.spf_aligned = parse_aligned(text);
  }

  void reason(std::string_view name, std::string_view text) {
    if (name == "type") override_.type = tame_word(text);
    if (name == "comment") override_.comment = tame(text);
  }

  void identifier(std::string_view name, std::string_view text) {
    if (name == "header_from") record_.header_from = tame_word(text);
    if (name == "envelope_from") record_.envelope_from = tame_word(text);
    if (name == "envelope_to") record_.envelope_to = tame_word(text);
  }

  void result(std::string_view name, std::string_view text) {
    if (name == "domain") result_.domain = tame_word(text);
    if (name == "selector") result_.selector = tame(text);
    if (name == "scope") result_.scope = tame_word(text);
    if (name == "result") result_.result = tame_word(text);
    if (name == "human_result") result_.detail = tame(text);
  }

  void end_result(std::string_view name) {
    if (name != "dkim" && name != "spf") return;
    std::vector<AuthResult>& results = name == "dkim" ? record_.dkim : record_.spf;
    if (result_ != AuthResult{} && results.size() < limits_.results) results.push_back(std::move(result_));
  }

  Result<> end_record() {
    if (!has_source_ || !has_count_) {
      ++report_.unreadable;
      return {};
    }
    if (report_.records.size() >= limits_.records)
      return fail(Errc::limit, fmt::format("more than {} records in a report", limits_.records));
    report_.records.push_back(std::move(record_));
    return {};
  }

  AggregateLimits const& limits_;
  std::vector<std::string> open_;
  AggregateReport report_;
  std::optional<std::int64_t> begin_;
  std::optional<std::int64_t> end_;
  AggregateRecord record_;  // the one that is open
  bool has_source_ = false;
  bool has_count_ = false;
  AuthResult result_;
  Override override_;
};

}  // namespace

std::string_view to_string(Disposition disposition) {
  constexpr std::string_view kNames[] = {"none", "pass", "quarantine", "reject"};
  return kNames[static_cast<std::size_t>(disposition)];
}

Result<AggregateReport> parse_aggregate(std::string_view xml, AggregateLimits const& limits) {
  Reader reader(limits);
  TRY_VOID(read_xml(xml, limits.xml, reader));
  return std::move(reader).finish(xml);
}

}  // namespace yubin::report
