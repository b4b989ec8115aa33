#include <fmt/format.h>

#include "report/aggregate.h"

namespace yubin::report {

namespace {

// Elements with text and elements with elements, indented.
class Writer {
 public:
  void open(std::string_view name) {
    out_ += fmt::format("{:{}}<{}>\n", "", depth_, name);
    depth_ += 2;
  }
  void close(std::string_view name) {
    depth_ -= 2;
    out_ += fmt::format("{:{}}</{}>\n", "", depth_, name);
  }
  void text(std::string_view name, std::string_view value) {
    out_ += fmt::format("{:{}}<{}>{}</{}>\n", "", depth_, name, xml_text(value), name);
  }
  void number(std::string_view name, auto value) { text(name, fmt::to_string(value)); }
  void text_unless_empty(std::string_view name, std::string_view value) {
    if (!value.empty()) text(name, value);
  }
  std::string take() && { return std::move(out_); }

 private:
  std::string out_ = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  int depth_ = 0;
};

void write_metadata(Writer& out, AggregateReport const& report) {
  out.open("report_metadata");
  out.text("org_name", report.organization);
  out.text("email", report.email);
  out.text_unless_empty("extra_contact_info", report.contact);
  out.text("report_id", report.id);
  out.open("date_range");
  out.number("begin", report.begin);
  out.number("end", report.end);
  out.close("date_range");
  out.text_unless_empty("error", report.error);
  out.text_unless_empty("generator", report.generator);
  out.close("report_metadata");
}

void write_policy(Writer& out, PublishedPolicy const& policy) {
  out.open("policy_published");
  out.text("domain", policy.domain);
  out.text_unless_empty("discovery_method", policy.discovery_method);
  out.text_unless_empty("p", policy.p);
  out.text_unless_empty("sp", policy.sp);
  out.text_unless_empty("np", policy.np);
  out.text_unless_empty("fo", policy.fo);
  out.text_unless_empty("adkim", policy.adkim);
  out.text_unless_empty("aspf", policy.aspf);
  out.text_unless_empty("pct", policy.pct);
  out.text_unless_empty("testing", policy.testing);
  out.close("policy_published");
}

std::string_view word(Aligned aligned) {
  return aligned == Aligned::yes ? "pass" : "fail";
}

void write_result(Writer& out, std::string_view name, AuthResult const& result) {
  out.open(name);
  out.text("domain", result.domain);
  out.text_unless_empty("selector", result.selector);
  out.text_unless_empty("scope", result.scope);
  out.text("result", result.result);
  out.text_unless_empty("human_result", result.detail);
  out.close(name);
}

void write_record(Writer& out, AggregateRecord const& record) {
  out.open("record");
  out.open("row");
  out.text("source_ip", record.source.text());
  out.number("count", record.count);
  out.open("policy_evaluated");
  out.text("disposition", to_string(record.disposition));
  out.text("dkim", word(record.dkim_aligned));
  out.text("spf", word(record.spf_aligned));
  for (Override const& one : record.overrides) {
    out.open("reason");
    out.text("type", one.type);
    out.text_unless_empty("comment", one.comment);
    out.close("reason");
  }
  out.close("policy_evaluated");
  out.close("row");
  out.open("identifiers");
  out.text("header_from", record.header_from);
  if (record.envelope_from) out.text("envelope_from", *record.envelope_from);
  out.text_unless_empty("envelope_to", record.envelope_to);
  out.close("identifiers");
  out.open("auth_results");
  for (AuthResult const& one : record.dkim) write_result(out, "dkim", one);
  for (AuthResult const& one : record.spf) write_result(out, "spf", one);
  out.close("auth_results");
  out.close("record");
}

}  // namespace

// RFC 9990 section 3.1.1: the elements are in the order of its tables, in its namespace.
std::string print_aggregate(AggregateReport const& report) {
  Writer out;
  out.open("feedback xmlns=\"urn:ietf:params:xml:ns:dmarc-2.0\"");
  out.text("version", "1.0");
  write_metadata(out, report);
  write_policy(out, report.policy);
  for (AggregateRecord const& record : report.records) write_record(out, record);
  out.close("feedback");
  return std::move(out).take();
}

}  // namespace yubin::report
