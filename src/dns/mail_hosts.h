// To which hosts mail for a domain goes (RFC 5321 section 5.1), from the answer to the question for its MX.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/random.h"
#include "dns/resolver.h"

namespace yubin::dns {

// The domain says that it takes no mail: "MX 0 ." alone (RFC 7505 section 3).
struct NoMailHere {};
// Neither the domain nor a record of it exists. Its addresses do not need to be asked for.
struct NoSuchDomain {};
struct MailHosts {
  // Best first, those of equal preference in random order. None: we are the best, so mail would come back to us.
  std::vector<std::string> names;
  bool implicit = false;  // there is no MX: the domain itself, if it has addresses (RFC 5321 section 5.1)
  bool secure = false;    // validated by DNSSEC
};
// Not known now; to be asked again later.
struct NotKnownNow {
  std::string why;
};

// `ourselves` is our own name, in lower case. Where it is one of the hosts, only those that are preferred to us are
// told.
std::variant<MailHosts, NoMailHere, NoSuchDomain, NotKnownNow> mail_hosts(std::string_view domain, Answer const& mx,
                                                                          std::string_view ourselves, Random& random);

}  // namespace yubin::dns
