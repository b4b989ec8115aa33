#include "dns/mail_hosts.h"

#include <algorithm>
#include <climits>
#include <utility>

namespace yubin::dns {

namespace {

// RFC 5321 section 5.1: the sender must randomize those of equal preference, so that the load is spread.
MailHosts in_order(std::vector<Mx> exchanges, Random& random) {
  for (std::size_t i = exchanges.size(); i > 1; --i) std::swap(exchanges[i - 1], exchanges[random.u64() % i]);
  std::ranges::sort(exchanges, {}, &Mx::preference);
  MailHosts hosts;
  for (Mx& mx : exchanges)
    if (std::ranges::find(hosts.names, mx.exchange) == hosts.names.end()) hosts.names.push_back(std::move(mx.exchange));
  return hosts;
}

// RFC 5321 section 5.1: we are one of the hosts, so neither we nor those of the same or a lower preference are any for
// us; else two that are equal would send each other mail for ever.
void drop_ours(std::vector<Mx>& exchanges, std::string_view ourselves) {
  auto const us = std::ranges::min_element(
      exchanges, {}, [&](Mx const& mx) { return mx.exchange == ourselves ? int{mx.preference} : INT_MAX; });
  if (us == exchanges.end() || us->exchange != ourselves) return;
  std::erase_if(exchanges, [limit = us->preference](Mx const& mx) { return mx.preference >= limit; });
}

}  // namespace

std::variant<MailHosts, NoMailHere, NoSuchDomain, NotKnownNow> mail_hosts(std::string_view domain, Answer const& mx,
                                                                          std::string_view ourselves, Random& random) {
  switch (mx.status) {
    case Status::temporary:
    case Status::bogus:
      return NotKnownNow{mx.why};
    case Status::no_such_name:
      return NoSuchDomain{};
    case Status::no_data:
      if (domain == ourselves) return MailHosts{.names = {}, .implicit = true, .secure = mx.secure};
      return MailHosts{.names = {std::string(domain)}, .implicit = true, .secure = mx.secure};
    case Status::found:
      break;
  }
  std::vector<Mx> exchanges;
  for (Record const& record : mx.records) {
    auto const* one = std::get_if<Mx>(&record);
    // RFC 7505 section 3: with other records beside it, "." is none.
    if (one != nullptr && !one->exchange.empty()) exchanges.push_back(*one);
  }
  if (exchanges.empty()) return NoMailHere{};
  drop_ours(exchanges, ourselves);
  MailHosts hosts = in_order(std::move(exchanges), random);
  hosts.secure = mx.secure;
  return hosts;
}

}  // namespace yubin::dns
