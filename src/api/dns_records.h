// The DNS records that a domain needs so that mail reaches this server, mail from it is believed, and mail programs
// find it.
#pragma once

#include <string>
#include <vector>

#include "api/dns_facts.h"
#include "directory/signing_keys.h"
#include "mime/address.h"

namespace yubin::api {

struct DnsRecord {
  enum class Purpose { mx, spf, helo_spf, dkim, dmarc, tls_report, mta_sts, service, web, address, tlsa, caa };

  Purpose purpose;
  std::string name;    // ends in a dot
  std::string type;    // "TXT"
  std::string value;   // as in a zone file
  std::string text{};  // as a web form wants it, without quotes
  bool required = true;
  std::string selector{};  // of dkim
};

// In the domain's own zone: MX, SPF (RFC 7208), DKIM (RFC 6376), DMARC, reports on TLS (RFC 8460), and a SRV record for
// each service that mail programs look for (RFC 6186, RFC 8314 section 5.1), with the target "." where this server does
// not listen for it. With a web host also MTA-STS (RFC 8461), autoconfig, autodiscover.
std::vector<DnsRecord> records_of_domain(DnsFacts const& facts, mime::Domain const& domain,
                                         std::vector<directory::SigningKey> const& keys);

// In the zone of the server's name: A, AAAA, SPF for its greeting (RFC 7208 section 2.3), TLSA (RFC 7672), CAA (RFC
// 8659).
std::vector<DnsRecord> records_of_host(DnsFacts const& facts);

// The file mta-sts.txt (RFC 8461 section 3.2).
std::string mta_sts_policy(DnsFacts const& facts);

// Lines of a zone file, in columns.
std::string zone_text(std::vector<DnsRecord> const& records, std::string_view indent = "");
// A block of lines for each record: name, type, value; for forms in web pages.
std::string form_text(std::vector<DnsRecord> const& records);
// All of it as a zone file with a line of explanation above each part.
std::string dns_advice(DnsFacts const& facts, mime::Domain const& domain,
                       std::vector<directory::SigningKey> const& keys);

}  // namespace yubin::api
