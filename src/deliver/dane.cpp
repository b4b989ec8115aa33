#include "deliver/dane.h"

#include <fmt/format.h>

#include <algorithm>

#include "deliver/look_up.h"
#include "tls/client_context.h"

namespace yubin::deliver {

namespace {

std::vector<tls::TlsaRecord> records_of(dns::Answer& answer) {
  std::vector<tls::TlsaRecord> out;
  for (dns::Record& record : answer.records)
    if (auto* one = std::get_if<dns::Tlsa>(&record))
      out.push_back({one->usage, one->selector, one->matching_type, std::move(one->data)});
  return out;
}

// RFC 7672 sections 2.2 and 3.2.2
TlsPolicy policy_of(std::string const& base, std::vector<std::string> const& next_hop, dns::Answer answer) {
  std::vector<tls::TlsaRecord> records = tls::usable_records(records_of(answer));
  if (records.empty())
    return {.kind = TlsPolicy::Kind::encrypted,
            .source = fmt::format("none of the TLSA records of {} is usable (DANE)", base)};
  TlsPolicy policy{.kind = TlsPolicy::Kind::dane,
                   .wanted = {.by = tls::Wanted::By::dane, .names = {base}, .records = std::move(records)},
                   .source = "DANE"};
  for (std::string const& name : next_hop)
    if (std::ranges::find(policy.wanted.names, name) == policy.wanted.names.end()) policy.wanted.names.push_back(name);
  return policy;
}

}  // namespace

net::Task<std::variant<NoDane, TlsPolicy, DaneNotKnown>> find_dane(dns::Resolver& resolver, DaneQuestion question) {
  std::string const& canonical = question.address.canonical_name;
  bool const is_alias = !canonical.empty() && canonical != question.host;
  std::vector<std::string> bases;  // RFC 7672 section 2.2.3: where the CNAMEs lead goes first
  if (question.address.secure) {
    if (is_alias) bases.push_back(canonical);
    bases.push_back(question.host);
  } else if (is_alias) {
    // Section 2.2.2: the alias itself may be secure though its target is not.
    dns::Answer const alias = co_await look_up(resolver, dns::RecordType::cname, question.host);
    if (!is_known(alias)) co_return DaneNotKnown{fmt::format("the CNAME of {}: {}", question.host, alias.why)};
    if (alias.secure) bases.push_back(question.host);
  }
  // Without a secure address there is nothing to ask for: servers of unsigned zones often break on TLSA (same section).
  for (std::string const& base : bases) {
    std::string const name = fmt::format("_{}._tcp.{}", question.port, base);
    dns::Answer answer = co_await look_up(resolver, dns::RecordType::tlsa, name);
    if (!is_known(answer)) co_return DaneNotKnown{fmt::format("the TLSA records of {}: {}", name, answer.why)};
    if (answer.status == dns::Status::found && answer.secure)
      co_return policy_of(base, question.next_hop, std::move(answer));
  }
  co_return NoDane{};
}

}  // namespace yubin::deliver
