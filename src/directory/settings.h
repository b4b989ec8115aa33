// What is set for an account or a domain: quota, and who may log in from where.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_network.h"
#include "base/result.h"
#include "directory/sending_limits.h"

namespace yubin::directory {

// 0: no limit.
struct Quota {
  std::uint64_t bytes = 0;  // sum of RFC822.SIZE
  std::uint64_t messages = 0;
  friend bool operator==(Quota const&, Quota const&) = default;
};

// What an account may log in to. Bits, so that a set is a number.
enum class LoginService : std::uint8_t { smtp = 1, imap = 2, pop3 = 4, sieve = 8, web = 16 };

class LoginServices {
 public:
  static constexpr std::uint8_t kAll = 0x1f;
  constexpr LoginServices() = default;  // all
  constexpr explicit LoginServices(std::uint8_t bits) : bits_(bits & kAll) {}
  // Of names as names() gives them; "submission" and a trailing "s" (imaps) mean the same service. Errors: syntax.
  static Result<LoginServices> parse(std::span<std::string const> names);

  constexpr std::uint8_t bits() const { return bits_; }
  constexpr bool all() const { return bits_ == kAll; }
  // `service` as the table of services names it ("imaps"); one that is not known is in no set but the full one.
  bool allow(std::string_view service) const;
  std::vector<std::string> names() const;
  friend constexpr bool operator==(LoginServices, LoginServices) = default;

 private:
  std::uint8_t bits_ = kAll;
};

inline constexpr std::size_t kMaxPersonName = 200;     // bytes
inline constexpr std::size_t kMaxLoginNetworks = 100;  // of one account

struct AccountSettings {
  std::string name;                    // of the person; UTF-8, may be empty
  LoginServices services;              // that the account may log in to
  std::vector<IpNetwork> networks;     // that it may log in from; none: from anywhere
  std::optional<std::uint64_t> bytes;  // quota; none: the domain's, 0: no limit
  std::optional<std::uint64_t> messages;
  OwnSendingLimits sending{};  // that differ from what submission.* sets for all
  friend bool operator==(AccountSettings const&, AccountSettings const&) = default;

  // `peer` is an IP address.
  bool may_log_in(std::string_view service, std::string_view peer) const;
};

}  // namespace yubin::directory
