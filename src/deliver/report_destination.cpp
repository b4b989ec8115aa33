#include "deliver/report_destination.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/text.h"
#include "deliver/report_sender.h"
#include "policy/dmarc_record.h"
#include "policy/public_suffix.h"

namespace yubin::deliver {

namespace {

constexpr std::size_t kMaxName = 253;  // RFC 1035 section 2.3.4, without the final dot

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    Result<std::string> const byte = from_hex(text.substr(i + 1, 2));
    if (!byte || byte->size() != 1) return std::nullopt;
    out += *byte;
    i += 2;
  }
  return out;
}

// dmarc-sizelimit: "10m" and the like.
std::optional<std::uint64_t> parse_size(std::string_view text) {
  constexpr std::string_view kUnits = "kmgt";
  unsigned shift = 0;
  std::size_t const unit = text.empty() ? std::string_view::npos : kUnits.find(ascii_lower(text.back()));
  if (unit != std::string_view::npos) {
    shift = 10 * static_cast<unsigned>(unit + 1);
    text.remove_suffix(1);
  }
  std::optional<std::uint64_t> const number = parse_number(text);
  if (!number || *number > (~std::uint64_t{0} >> shift)) return std::nullopt;
  return *number << shift;
}

std::vector<ReportDestination> destinations_of(std::vector<std::string> const& uris) {
  std::vector<ReportDestination> out;
  for (std::string const& uri : uris)
    if (auto one = parse_report_uri(uri); one && out.size() < kMostDestinations) out.push_back(*std::move(one));
  return out;
}

// RFC 9990 section 4, steps 6 to 9: none of the records: it does not agree.
std::vector<ReportDestination> agreed(dns::Answer const& answer, ReportDestination const& wanted) {
  for (dns::Record const& record : answer.records) {
    auto const* text = std::get_if<dns::Txt>(&record);
    auto const found = text == nullptr ? std::nullopt : policy::parse_dmarc_record(text->text);
    if (!found) continue;
    if (found->aggregate.empty()) return {wanted};
    std::vector<ReportDestination> others = destinations_of(found->aggregate);
    // One that is elsewhere again: neither gets a report.
    bool const elsewhere = std::ranges::any_of(
        others, [&](ReportDestination const& one) { return one.address.domain() != wanted.address.domain(); });
    return elsewhere ? std::vector<ReportDestination>() : others;
  }
  return {};
}

}  // namespace

std::optional<ReportDestination> parse_report_uri(std::string_view uri) {
  constexpr std::string_view kMail = "mailto:";
  uri = trim(uri);
  if (!istarts_with(uri, kMail)) return std::nullopt;
  uri.remove_prefix(kMail.size());
  uri = uri.substr(0, uri.find('?'));
  std::optional<std::uint64_t> most;
  if (std::size_t const limit = uri.find('!'); limit != std::string_view::npos) {
    most = parse_size(uri.substr(limit + 1));
    if (!most) return std::nullopt;
    uri = uri.substr(0, limit);
  }
  std::optional<std::string> const text = percent_decoded(uri);
  if (!text) return std::nullopt;
  Result<mime::Address> address = mime::Address::parse(*text);
  if (!address || address->domain().is_literal()) return std::nullopt;
  return ReportDestination{*std::move(address), most};
}

std::string organizational_domain(std::string_view domain) {
  std::string_view below = domain;
  for (std::string_view name = domain; !policy::is_public_suffix(name);) {
    below = name;
    std::size_t const dot = name.find('.');
    if (dot == std::string_view::npos) return std::string(below);
    name.remove_prefix(dot + 1);
  }
  return std::string(below);
}

Destinations find_destinations(dns::Resolver& resolver, std::string const& domain,
                               std::vector<std::string> const& uris) {
  Destinations out;
  std::string const own = organizational_domain(domain);
  for (ReportDestination const& wanted : destinations_of(uris)) {
    std::string const& host = wanted.address.domain().text();
    if (organizational_domain(host) == own) {
      out.known.push_back(wanted);
      continue;
    }
    std::string const name = domain + "._report._dmarc." + host;
    if (name.size() > kMaxName) continue;
    dns::Answer const answer = ask_txt(resolver, name);
    if (answer.status == dns::Status::temporary || answer.status == dns::Status::bogus) {
      out.complete = false;
      continue;
    }
    std::ranges::move(agreed(answer, wanted), std::back_inserter(out.known));
  }
  return out;
}

}  // namespace yubin::deliver
