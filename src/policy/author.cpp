#include "policy/author.h"

#include <fmt/format.h>

#include <set>

#include "base/text.h"
#include "mime/address_list.h"
#include "policy/dns_name.h"

namespace yubin::policy {

namespace {

Author nobody(std::string problem) {
  return {.domains = {}, .problem = std::move(problem)};
}

}  // namespace

Author author_of(mime::HeaderSection const& header) {
  if (!header.complete()) return nobody("the header section is too large to be read");
  auto const fields = header.find_all("From");
  // RFC 5322 section 3.6: exactly one. Which of several people see differs from program to program.
  if (fields.size() != 1) return nobody(fmt::format("there are {} fields From", fields.size()));
  // RFC 5322 knows no NUL; what programs make of one differs too.
  if (fields.front().raw_value.find('\0') != std::string_view::npos) return nobody("there is a NUL in the field From");
  mime::ParsedAddressList const list = mime::parse_address_list(fields.front().value());
  std::set<std::string> domains;
  for (mime::ListedAddress const& one : list.addresses) {
    if (one.kind != mime::ListedAddress::Kind::mailbox) continue;
    auto const domain = to_query_name(one.domain);
    if (!domain) return nobody(quoted(one.domain, 80) + " in the field From is no domain");
    domains.insert(*domain);
  }
  if (!list.complete || domains.size() > Author::kMaxDomains) return nobody("the field From names too many domains");
  if (domains.empty()) return nobody("the field From names no address");
  return {.domains = {domains.begin(), domains.end()}, .problem = {}};
}

}  // namespace yubin::policy
