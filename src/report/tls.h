// Reports on the TLS of mail that was sent to us (RFC 8460 section 4.4).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace yubin::report {

// Texts are tamed and cut (words.h); empty: the report does not say.
struct TlsFailure {
  std::string result{};  // "starttls-not-supported", "certificate-expired", ...
  std::string sending_ip{};
  std::string mx{};
  std::string helo{};
  std::string receiving_ip{};
  std::uint64_t count = 0;
  std::string more{};    // where to read more
  std::string reason{};  // failure-reason-code
  friend auto operator<=>(TlsFailure const&, TlsFailure const&) = default;
};

struct TlsPolicy {
  std::string type{};  // "tlsa", "sts", "no-policy-found"
  std::string domain{};
  std::vector<std::string> lines{};
  std::vector<std::string> mx{};
  std::uint64_t good = 0;  // sessions
  std::uint64_t bad = 0;
  std::vector<TlsFailure> failures{};
  friend bool operator==(TlsPolicy const&, TlsPolicy const&) = default;
};

struct TlsReport {
  std::string organization{};
  std::string contact{};
  std::string id{};
  std::int64_t begin = 0;  // seconds since 1970
  std::int64_t end = 0;
  std::vector<TlsPolicy> policies{};
  friend bool operator==(TlsReport const&, TlsReport const&) = default;
};

struct TlsLimits {
  std::size_t policies = 1000;
  std::size_t failures = 10'000;          // of all policies
  std::size_t lines = 50;                 // of one policy
  std::size_t memory = 64 * 1024 * 1024;  // bytes, for all that the text says before it is looked at
};

// What is missing is empty; a report must have an id, a time, and a policy with a domain. Errors: syntax, limit.
Result<TlsReport> parse_tls(std::string_view json, TlsLimits const& limits = {});

}  // namespace yubin::report
