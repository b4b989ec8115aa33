#include "api/dns_api.h"

#include <boost/json/array.hpp>

namespace yubin::api {

namespace {

namespace json = boost::json;
using Keys = policy::KeyRing::Keys;

json::array to_json(std::vector<DnsRecord> const& records) {
  json::array out;
  for (DnsRecord const& one : records)
    out.push_back(json::object{
        {"name", one.name}, {"type", one.type}, {"value", one.value}, {"text", one.text}, {"required", one.required}});
  return out;
}

json::object shown(DnsFacts const& facts, mime::Domain const& domain, Keys const& keys) {
  std::vector<DnsRecord> records = records_of_domain(facts, domain, keys);
  std::vector<DnsRecord> host = records_of_host(facts);
  std::ranges::move(host, std::back_inserter(records));
  return {{"domain", domain.text()},
          {"records", to_json(records)},
          {"zone", dns_advice(facts, domain, keys)},
          {"form", form_text(records)}};
}

json::object to_json(DnsFinding const& finding) {
  json::array found(finding.found.begin(), finding.found.end());
  return {{"verdict", to_string(finding.verdict)}, {"name", finding.name},      {"type", finding.type},
          {"expected", finding.expected},          {"found", std::move(found)}, {"detail", finding.words}};
}

}  // namespace

std::span<Route<DnsApi> const> DnsApi::routes() {
  static constexpr Route<DnsApi> kRoutes[] = {
      {"GET", "/api/v1/dns/{}", &DnsApi::show},
      {"POST", "/api/v1/dns/{}/check", &DnsApi::check},
  };
  return kRoutes;
}

void DnsApi::show(Call call, Reply reply) {
  Result<mime::Domain> domain = mime::Domain::parse(call.parameter);
  if (!domain) return reply(error_response(domain.error()));
  auto const ticket = ring_.ensure(*domain);
  ticket.completion().on_done([ticket, facts = watch_.facts(), domain = *domain, reply = std::move(reply)]() mutable {
    Result<Keys> const keys = ticket.take();
    reply(keys ? json_response(200, shown(facts, domain, *keys)) : error_response(keys.error()));
  });
}

void DnsApi::check(Call call, Reply reply) {
  Result<mime::Domain> domain = mime::Domain::parse(call.parameter);
  if (!domain) return reply(error_response(domain.error()));
  auto answer = [name = domain->text(), reply = std::move(reply)](Result<std::vector<DnsFinding>> findings) mutable {
    if (!findings) return reply(error_response(findings.error()));
    json::array list;
    bool good = true;
    for (DnsFinding const& one : *findings) {
      list.push_back(to_json(one));
      good = good && (one.verdict == DnsFinding::Verdict::good || one.verdict == DnsFinding::Verdict::advice);
    }
    reply(json_response(200, {{"domain", name}, {"good", good}, {"findings", std::move(list)}}));
  };
  watch_.check(*std::move(domain), std::move(answer));
}

}  // namespace yubin::api
