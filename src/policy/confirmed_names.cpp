#include "policy/confirmed_names.h"

#include <algorithm>

#include "base/text.h"
#include "policy/dns_name.h"

namespace yubin::policy {

namespace {

constexpr std::size_t kMaxNames = 10;

}  // namespace

std::vector<IpAddress> addresses_of(Answer const& answer) {
  std::vector<IpAddress> addresses;
  addresses.reserve(answer.records.size());
  for (A const& record : records_of<A>(answer)) addresses.push_back(IpAddress::v4(record.address));
  for (Aaaa const& record : records_of<Aaaa>(answer)) addresses.push_back(IpAddress::v6(record.address));
  return addresses;
}

Inquiry<ConfirmedNames> confirmed_names(IpAddress address) {
  ConfirmedNames out;
  Answer const answer = co_await ask({reverse_name(address), RecordType::ptr});
  out.failed = !answer.known();
  for (Ptr& ptr : records_of<Ptr>(answer)) {
    if (out.claimed.size() < kMaxNames && is_query_name(ptr.host)) out.claimed.push_back(to_lower(ptr.host));
  }
  std::vector<Question> questions;
  questions.reserve(out.claimed.size());
  for (std::string const& name : out.claimed)
    questions.emplace_back(name, address.is_v4() ? RecordType::a : RecordType::aaaa);
  std::vector<Answer> const answers = co_await ask(std::move(questions));
  for (std::size_t i = 0; i < answers.size(); ++i) {
    out.failed = out.failed || !answers[i].known();
    std::vector<IpAddress> const addresses = addresses_of(answers[i]);
    if (std::ranges::find(addresses, address) != addresses.end()) out.names.push_back(out.claimed[i]);
  }
  co_return out;
}

}  // namespace yubin::policy
