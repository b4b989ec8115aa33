// The DNS records that a domain needs so that mail reaches this server, mail from it is believed, and mail programs
// find it: made from the configuration alone.
#pragma once

#include <string>
#include <vector>

#include "base/ip_address.h"
#include "config/config.h"

namespace yubin::cli {

struct DnsRecord {
  std::string name;  // ends in a dot
  std::string type;
  std::string value;  // as in a zone file
};

// In the domain's own zone: MX, SPF (RFC 7208), and a SRV record for each service that mail programs look for (RFC
// 6186, RFC 8314 section 5.1), with the target "." where the configuration does not listen for it.
std::vector<DnsRecord> records_of_domain(config::Config const& config, mime::Domain const& domain);

// In the zone of the server's name: A and AAAA of these addresses.
std::vector<DnsRecord> records_of_host(config::Config const& config, std::vector<IpAddress> const& addresses);

// Those of this machine that others can reach: none that is private, local to the link, or reserved for documents.
std::vector<IpAddress> public_addresses();

// Lines of a zone file, in columns.
std::string zone_text(std::vector<DnsRecord> const& records, std::string_view indent = "");

// All of it with a line of explanation above each part.
std::string dns_advice(config::Config const& config, mime::Domain const& domain,
                       std::vector<IpAddress> const& addresses);

}  // namespace yubin::cli
