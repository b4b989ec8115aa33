#include "api/dns_compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/bytes.h"
#include "base/text.h"
#include "dns/zone_text.h"
#include "policy/dmarc_record.h"
#include "policy/tag_list.h"

namespace yubin::api {

namespace {

using Purpose = DnsRecord::Purpose;
using Verdict = DnsFinding::Verdict;

Judged bad(std::string words) {
  return {Verdict::bad, std::move(words)};
}

// What is not there at all is wrong, or a pity.
Judged missing(DnsRecord const& record) {
  return {record.required ? Verdict::bad : Verdict::advice, "there is no such record"};
}

template <class T>
std::vector<T> all(dns::Answer const& answer) {
  std::vector<T> out;
  for (dns::Record const& record : answer.records) {
    if (auto const* one = std::get_if<T>(&record)) out.push_back(*one);
  }
  return out;
}

// TXT records that begin so; others at the name are for others.
std::vector<std::string> texts_with(dns::Answer const& answer, std::string_view version) {
  std::vector<std::string> out;
  for (dns::Txt const& one : all<dns::Txt>(answer)) {
    if (one.text.starts_with(version)) out.push_back(one.text);
  }
  return out;
}

Judged compare_mx(Compared const& records, DnsFacts const& facts) {
  std::vector<dns::Mx> const found = all<dns::Mx>(records.answer);
  if (found.empty()) return missing(records.wanted.front());
  auto is_ours = [&](dns::Mx const& one) { return iequals(one.exchange, facts.host_name); };
  if (std::ranges::none_of(found, is_ours)) return bad("the domain's mail goes elsewhere");
  return {};
}

Judged compare_spf(Compared const& records) {
  std::vector<std::string> const found = texts_with(records.answer, "v=spf1");
  if (found.empty()) return missing(records.wanted.front());
  // RFC 7208 section 4.5
  if (found.size() > 1) return bad("there are several SPF records, so none counts");
  return {};
}

Judged compare_dmarc(Compared const& records) {
  std::vector<std::string> const found = texts_with(records.answer, "v=DMARC1");
  if (found.empty()) return missing(records.wanted.front());
  if (found.size() > 1) return bad("there are several DMARC records, so none counts");
  std::optional<policy::DmarcRecord> const record = policy::parse_dmarc_record(found.front());
  if (!record || record->unusable) return bad("the record cannot be used: p= is none that there is");
  return {};
}

// RFC 8460 section 3, RFC 8461 section 3.1: one record, with this tag.
Judged compare_tagged(Compared const& records, std::string_view version, std::string_view tag) {
  std::vector<std::string> const found = texts_with(records.answer, version);
  if (found.empty())
    return records.answer.records.empty() ? missing(records.wanted.front()) : bad("the record is of another kind");
  if (found.size() > 1) return bad("there are several such records, so none counts");
  auto const tags = policy::TagList::parse(found.front());
  auto const value = tags ? tags->find(tag) : std::nullopt;
  if (!value || value->empty()) return bad(fmt::format("{}= is missing", tag));
  return {};
}

Judged compare_service(Compared const& records, DnsFacts const& facts) {
  std::vector<dns::Srv> const found = all<dns::Srv>(records.answer);
  if (found.empty()) return missing(records.wanted.front());
  bool const is_closed = records.wanted.front().value == "0 0 0 .";
  if (is_closed) {
    auto leads_here = [&](dns::Srv const& one) { return iequals(one.target, facts.host_name); };
    if (std::ranges::any_of(found, leads_here)) return bad("it leads here, where nobody listens for it");
    return {};
  }
  std::vector<std::string> const texts = texts_of(records.answer);
  // Priority and weight are the domain's own choice.
  auto const wanted = split(records.wanted.front().value, ' ');
  for (std::string const& text : texts) {
    auto const parts = split(text, ' ');
    if (parts.size() == 4 && parts[2] == wanted[2] && iequals(parts[3], wanted[3])) return {};
  }
  return bad("it leads elsewhere");
}

Judged compare_web(Compared const& records, DnsFacts const& facts) {
  std::vector<dns::Cname> const found = all<dns::Cname>(records.answer);
  if (found.empty()) return missing(records.wanted.front());
  if (!iequals(found.front().target, facts.web_host)) return bad("it leads elsewhere");
  return {};
}

Judged compare_addresses(Compared const& records) {
  std::set<std::string> wanted;
  for (DnsRecord const& one : records.wanted) wanted.insert(one.value);
  std::set<std::string> found;
  for (IpAddress const& one : all<IpAddress>(records.answer)) found.insert(one.text());
  if (found.empty()) return missing(records.wanted.front());
  for (std::string const& one : wanted) {
    if (!found.contains(one)) return bad(one + " is missing");
  }
  for (std::string const& one : found) {
    if (!wanted.contains(one)) return bad(one + " is not this server");
  }
  return {};
}

// Who verifies by DANE refuses a host none of whose records fits (RFC 7672 section 2.2). Other kinds than ours may fit
// as well.
Judged compare_tlsa(Compared const& records) {
  std::vector<std::string> const found = texts_of(records.answer);
  if (found.empty()) return missing(records.wanted.front());
  std::string const& wanted = records.wanted.front().value;
  if (std::ranges::find(found, wanted) != found.end()) return {};
  auto is_of_our_kind = [](std::string const& text) { return text.starts_with("3 1 1 "); };
  if (std::ranges::none_of(found, is_of_our_kind))
    return {Verdict::advice, "another kind of record, which is not looked at"};
  return bad("it is of another key: servers that know DANE will not deliver");
}

// RFC 8659 section 4: of the records that hold for the name, those that say who may issue.
Judged compare_caa(Compared const& records, DnsFacts const& facts) {
  std::vector<dns::Caa> const found = all<dns::Caa>(records.answer);
  if (found.empty()) return missing(records.wanted.front());
  std::set<std::string> issuers;
  for (dns::Caa const& one : found) {
    // Section 4.5: parameters follow after a semicolon.
    if (one.tag == "issue") issuers.insert(to_lower(trim(one.value.substr(0, one.value.find(';')))));
    constexpr std::uint8_t kCritical = 128;
    bool const is_known = one.tag == "issue" || one.tag == "issuewild" || one.tag == "iodef";
    if ((one.flags & kCritical) != 0 && !is_known)
      return bad(fmt::format("nobody may issue a certificate: \"{}\" is critical and not understood", one.tag));
  }
  if (issuers.empty()) return {Verdict::advice, "it lets everybody issue certificates"};
  for (std::string const& issuer : facts.issuers) {
    if (!issuers.contains(to_lower(issuer))) return bad(issuer + " may not issue certificates");
  }
  return {};
}

}  // namespace

std::vector<std::string> texts_of(dns::Answer const& answer) {
  std::vector<std::string> out;
  for (dns::Record const& record : answer.records) out.push_back(dns::rdata_text(record));
  return out;
}

dns::RecordType type_of(DnsRecord const& record) {
  using dns::RecordType;
  constexpr std::pair<std::string_view, RecordType> kTypes[] = {
      {"A", RecordType::a},       {"AAAA", RecordType::aaaa},   {"MX", RecordType::mx},   {"TXT", RecordType::txt},
      {"TLSA", RecordType::tlsa}, {"CNAME", RecordType::cname}, {"SRV", RecordType::srv}, {"CAA", RecordType::caa}};
  return std::ranges::find(kTypes, record.type, &std::pair<std::string_view, RecordType>::first)->second;
}

Judged compare(Compared const& records, DnsFacts const& facts) {
  switch (records.wanted.front().purpose) {
    case Purpose::mx:
      return compare_mx(records, facts);
    case Purpose::spf:
    case Purpose::helo_spf:
      return compare_spf(records);
    case Purpose::dmarc:
      return compare_dmarc(records);
    case Purpose::tls_report:
      return compare_tagged(records, "v=TLSRPTv1", "rua");
    case Purpose::mta_sts:
      return compare_tagged(records, "v=STSv1", "id");
    case Purpose::service:
      return compare_service(records, facts);
    case Purpose::web:
      return compare_web(records, facts);
    case Purpose::address:
      return compare_addresses(records);
    case Purpose::tlsa:
      return compare_tlsa(records);
    case Purpose::caa:
      return compare_caa(records, facts);
    case Purpose::dkim:
      break;  // policy::sighting_of() knows
  }
  return {};
}

}  // namespace yubin::api
