// The record in which a domain says what it wants done with mail that is not from it: RFC 9989 section 4.7, with what
// RFC 7489 section 6.3 has besides.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace yubin::policy {

// From weak to strict.
enum class DmarcPolicy { none, quarantine, reject };
std::string_view to_string(DmarcPolicy policy);

struct DmarcRecord {
  enum class Suffix { unknown, yes, no };  // psd=

  DmarcPolicy domain = DmarcPolicy::none;         // p=
  std::optional<DmarcPolicy> subdomains;          // sp=
  std::optional<DmarcPolicy> missing_subdomains;  // np=: of those that do not exist
  Suffix suffix = Suffix::unknown;
  bool testing = false;                // t=y
  bool strict_dkim = false;            // adkim=s
  bool strict_spf = false;             // aspf=s
  std::vector<std::string> aggregate;  // rua=, as they stand there: "mailto:r@example.org!10m"
  std::vector<std::string> failure;    // ruf=
  // p=, sp= or np= is none that there is, and nobody asks for reports: then nothing is to be done (section 4.10.1).
  bool unusable = false;
  std::string text;
};

// Empty: it is no record of DMARC at all (section 4.7, v=). Never fails otherwise: what cannot be read counts as not
// given (section 4.8).
std::optional<DmarcRecord> parse_dmarc_record(std::string_view text);

}  // namespace yubin::policy
