// Where a domain wants its aggregate reports (rua=), and whether who would get them agrees.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dns/resolver.h"
#include "mime/address.h"

namespace yubin::deliver {

struct ReportDestination {
  mime::Address address;
  std::optional<std::uint64_t> most{};  // bytes of a message: "!10m" (RFC 7489 section 6.2; RFC 9989 has no such limit)
  friend bool operator==(ReportDestination const&, ReportDestination const&) = default;
};

// "mailto:reports@example.org!10m", percent-encoded (RFC 6068 section 2). None: it is no address of mail.
std::optional<ReportDestination> parse_report_uri(std::string_view uri);

// The domain under which others cannot register names, and one label; the domain itself if there is none above.
std::string organizational_domain(std::string_view domain);

struct Destinations {
  std::vector<ReportDestination> known;
  bool complete = true;  // false: the DNS did not tell for one of them
};
// RFC 9990 section 4 (RFC 7489 section 7.1): a destination in another organization must say in its DNS that it takes
// reports on `domain`, and may name another address of the same host. Blocks; for upkeep. At most kMostDestinations.
inline constexpr std::size_t kMostDestinations = 5;
Destinations find_destinations(dns::Resolver& resolver, std::string const& domain,
                               std::vector<std::string> const& uris);

}  // namespace yubin::deliver
