// DMARC: does anybody who is allowed to vouch for the author's domain, and what does that domain want done if not?
// RFC 9989, which replaces RFC 7489 and reads its records.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "policy/author.h"
#include "policy/dkim_check.h"
#include "policy/dmarc_record.h"
#include "policy/inquiry.h"
#include "policy/spf_check.h"

namespace yubin::policy {

// Who vouches, and whether all of it is known.
struct DmarcRequest {
  Author author;
  std::string spf_domain;                 // for which SPF passed; empty: for none
  std::vector<std::string> dkim_domains;  // whose signatures passed
  bool incomplete = false;  // SPF or a signature could not be checked now, so one that vouches may be missing
};
// Either may be missing.
DmarcRequest dmarc_request(Author author, SpfOutcome const* spf, std::vector<DkimOutcome> const* dkim);

enum class DmarcResult { none, pass, fail, temperror, permerror };
std::string_view to_string(DmarcResult result);

struct DmarcOutcome {
  DmarcResult result = DmarcResult::none;
  std::string author;         // the domain in From
  std::string policy_domain;  // where the record was found
  std::string record;
  std::string organization;                 // the author's organizational domain, if it was needed
  std::string policy_tag;                   // "p", "sp" or "np": where the policy is from
  DmarcPolicy policy = DmarcPolicy::none;   // as published, also of who passes
  DmarcPolicy applied = DmarcPolicy::none;  // ... one weaker with t=y (section 4.7)
  bool testing = false;
  std::vector<std::string> aggregate;  // who wants reports
  std::string aligned;                 // "dkim example.org": who vouches
  std::string detail;
};

class DmarcCheck final : public InquiryCheck {
 public:
  static constexpr std::size_t kMaxWalk = 8;  // RFC 9989 section 4.10

  explicit DmarcCheck(DmarcRequest request) : request_(std::move(request)) {}

  std::string_view id() const override { return "dmarc"; }
  DmarcOutcome const& outcome() const { return outcome_; }  // once there is a Finding

  // The names of a tree walk, the domain itself first (RFC 9989 section 4.10).
  static std::vector<std::string> walk_of(std::string const& domain);

 private:
  struct Published {
    bool known = true;
    std::optional<DmarcRecord> record;
  };

  Inquiry<Finding> run() override;
  Inquiry<DmarcOutcome> evaluate(std::string author);
  Inquiry<bool> fetch(std::vector<std::string> domains);
  Inquiry<bool> choose_policy(DmarcRecord record, DmarcOutcome& out);
  Inquiry<bool> align(DmarcRecord record, DmarcOutcome& out);
  std::string vouches_for(std::string const& author) const;
  std::optional<std::string> organization_of(std::string const& domain) const;
  std::optional<std::string> find_policy_domain(DmarcOutcome& out) const;
  Finding finding() const;

  DmarcRequest request_;
  std::map<std::string, Published> published_;  // by domain
  DmarcOutcome outcome_;
};

}  // namespace yubin::policy
