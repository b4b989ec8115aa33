// Looks whether the DNS says of our domains what it should, record by record, and whether our addresses have names that
// lead back to them and are in no block list.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "api/dns_records.h"
#include "base/clock.h"

namespace yubin::api {

struct DnsFinding {
  enum class Verdict {
    good,
    advice,   // something that would be good to have is missing; nothing is wrong
    unknown,  // the DNS gives no answer for now
    bad,
  };

  Verdict verdict = Verdict::good;
  std::string name;  // ends in a dot; of a certificate its file
  std::string type;  // "MX"; "PTR", "block list", "certificate"
  std::string expected;
  std::vector<std::string> found;
  std::string words{};  // why it is not good
};
std::string_view to_string(DnsFinding::Verdict verdict);

// Answers to questions that are asked side by side, in their order. Blocks.
using AskDns = std::function<std::vector<dns::Answer>(std::vector<dns::Question>)>;

struct DnsWorld {
  DnsFacts facts;
  AskDns ask;
  WallTime now;
};

// Of the domain's own zone.
std::vector<DnsFinding> check_domain(DnsWorld const& world, mime::Domain const& domain,
                                     std::vector<directory::SigningKey> const& keys);
// Of the host, its addresses and certificates.
std::vector<DnsFinding> check_host(DnsWorld const& world);

}  // namespace yubin::api
