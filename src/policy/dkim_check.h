// DKIM: which domains vouch for this message with a signature? RFC 6376, RFC 8301, RFC 8463.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "policy/inquiry.h"
#include "policy/message_reader.h"
#include "policy/signature_key.h"

namespace yubin::policy {

// What became of one signature, for DMARC and for Authentication-Results.
struct DkimOutcome {
  SignatureResult result = SignatureResult::neutral;
  std::string detail;    // why it is no pass
  std::string domain;    // d=; these are empty if the field cannot be read
  std::string selector;  // s=
  std::string identity;  // i=
  std::string algorithm;
  std::string signature_start;  // of b=, eight characters in base64 (RFC 6008 section 4)
  int key_bits = 0;
  bool testing = false;
};

class DkimCheck final : public InquiryCheck {
 public:
  // The message is finished.
  DkimCheck(std::shared_ptr<MessageReader const> message, WallTime now);

  std::string_view id() const override { return "dkim"; }
  // Once there is a Finding; in the order in which they were looked at.
  std::vector<DkimOutcome> const& outcomes() const { return outcomes_; }

 private:
  Inquiry<Finding> run() override;
  DkimOutcome verify(SignatureField const& field, Answer const& key) const;
  std::optional<Trial> fault_of(DkimSignature const& signature) const;
  Finding finding() const;

  std::shared_ptr<MessageReader const> message_;
  WallTime now_;
  std::vector<DkimOutcome> outcomes_;
};

}  // namespace yubin::policy
