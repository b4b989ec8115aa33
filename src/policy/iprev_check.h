// iprev: does the peer's address have a name that leads back to it? RFC 8601 section 3.
#pragma once

#include <string>

#include "base/ip_address.h"
#include "policy/inquiry.h"

namespace yubin::policy {

class IprevCheck final : public InquiryCheck {
 public:
  explicit IprevCheck(IpAddress client) : client_(client) {}

  std::string_view id() const override { return "iprev"; }
  std::string const& result() const { return result_; }  // pass, fail, temperror, permerror; once there is a Finding
  IpAddress const& client() const { return client_; }

 private:
  Inquiry<Finding> run() override;

  IpAddress client_;
  std::string result_;
};

}  // namespace yubin::policy
