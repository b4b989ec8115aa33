// SPF: may this peer send mail in the name of this domain? RFC 7208, whose check_host() this is.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ip_address.h"
#include "policy/confirmed_names.h"
#include "policy/inquiry.h"
#include "policy/spf_record.h"

namespace yubin::policy {

struct SpfRequest {
  IpAddress client;
  std::string helo;
  std::string sender;  // the reverse-path without brackets. Empty, as of a DSN: the HELO name is checked (section 2.4)
  std::string receiver = "unknown";  // our name, if a record wants to know it (macro r)
  WallTime now{};                    // the same (macro t)
};

// What came out, for DMARC and for Authentication-Results.
struct SpfOutcome {
  enum class Identity { mail_from, helo };

  SpfResult result = SpfResult::none;
  Identity identity = Identity::mail_from;
  std::string domain;       // that was checked; in A-labels if it is a domain name
  std::string record;       // its record, if it has one
  std::string mechanism;    // that decided, as it stands in the record; several, joined with " > ", if it was included
  std::string explanation;  // of a fail, if the domain has one (section 6.2)
  std::string problem;      // what is wrong, of temperror and permerror; why there is none
  int terms = 0;            // that caused look-ups (section 4.6.4)
  int void_lookups = 0;
};
std::string_view to_string(SpfOutcome::Identity identity);  // "mailfrom", "helo": RFC 8601 section 2.7.2

class SpfCheck final : public InquiryCheck {
 public:
  // RFC 7208 section 4.6.4
  static constexpr int kMaxTerms = 10;
  static constexpr int kMaxVoidLookups = 2;
  static constexpr std::size_t kMaxHosts = 10;  // of an MX answer

  explicit SpfCheck(SpfRequest request);

  std::string_view id() const override { return "spf"; }
  SpfOutcome const& outcome() const { return outcome_; }  // once there is a Finding

 private:
  enum class Match { no, yes, temperror, permerror };
  enum class Level { outer, included };

  Inquiry<Finding> run() override;
  Inquiry<SpfResult> check_host(std::string domain, Level level);
  Inquiry<Match> match(SpfMechanism mechanism, std::string domain);
  Inquiry<Match> match_included(std::string target);
  Inquiry<Match> match_addresses(std::vector<std::string> hosts, SpfMechanism mechanism);
  Inquiry<Match> match_mx(std::string target, SpfMechanism mechanism);
  Inquiry<Match> match_ptr(std::string target);
  Inquiry<Match> match_exists(std::string target);
  Inquiry<SpfResult> redirected(SpfMacroString to, std::string domain, Level level);
  Inquiry<bool> explain(SpfMacroString from, std::string domain);
  Inquiry<std::string> expand(SpfMacroString text, std::string domain);
  Inquiry<ConfirmedNames> validated_names();

  RecordType address_type() const { return request_.client.is_v4() ? RecordType::a : RecordType::aaaa; }
  bool in_network(IpAddress const& address, SpfMechanism const& mechanism) const;
  bool too_many_terms(SpfMechanism const& mechanism);
  Match failed(Answer const& answer, std::string const& name, RecordType type);
  Match count_void(std::string const& name, RecordType type);
  Finding finding() const;

  SpfRequest request_;
  SpfMacroValues values_;
  SpfOutcome outcome_;
  std::vector<std::string> decided_;  // the matching mechanisms, innermost first
  std::optional<ConfirmedNames> validated_;
};

}  // namespace yubin::policy
