// Each kind of record as it is and as it should be. Internal to api/dns_check.cpp.
#pragma once

#include <string>
#include <vector>

#include "api/dns_check.h"

namespace yubin::api {

// The records of one name and type that are wanted, and what there is; of CAA what holds for the name.
struct Compared {
  std::vector<DnsRecord> const& wanted;  // at least one
  dns::Answer const& answer;
};

// What the answer's records say, as in a zone file.
std::vector<std::string> texts_of(dns::Answer const& answer);
dns::RecordType type_of(DnsRecord const& record);

// Verdict and words; the answer is known.
struct Judged {
  DnsFinding::Verdict verdict = DnsFinding::Verdict::good;
  std::string words{};
};
Judged compare(Compared const& records, DnsFacts const& facts);

}  // namespace yubin::api
