// ARC: what did those who passed this message on see, and is their word unbroken? RFC 8617.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "policy/inquiry.h"
#include "policy/message_reader.h"
#include "policy/signature_key.h"

namespace yubin::policy {

struct ArcOutcome {
  ChainStatus status = ChainStatus::none;
  bool temporary = false;            // a key could not be had now: fail for this time only, and nothing to pass on
  std::string detail;                // why it fails
  std::vector<std::string> domains;  // of the seals, from the first set on
};

class ArcCheck final : public InquiryCheck {
 public:
  // The message is finished.
  explicit ArcCheck(std::shared_ptr<MessageReader const> message) : message_(std::move(message)) {}

  std::string_view id() const override { return "arc"; }
  ArcOutcome const& outcome() const { return outcome_; }  // once there is a Finding

 private:
  Inquiry<Finding> run() override;
  Inquiry<bool> verify_chain();
  bool statuses_fit();
  Trial verify_message(ArcSet const& set, Answer const& key) const;
  Trial verify_seal(std::size_t index, Answer const& key) const;
  std::string seal_digest(std::size_t index) const;
  bool broken(std::size_t index, std::string_view what, Trial const& trial);
  Finding finding() const;

  std::shared_ptr<MessageReader const> message_;
  ArcOutcome outcome_;
};

}  // namespace yubin::policy
