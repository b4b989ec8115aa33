// The record that a domain publishes for SPF (RFC 7208 sections 4.6.1, 5 and 6), read as a whole: one mistake anywhere
// makes all of it worthless, before any of it is evaluated (section 4.6).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_address.h"
#include "base/result.h"
#include "policy/spf_macro.h"

namespace yubin::policy {

enum class SpfResult { none, neutral, pass, fail, softfail, temperror, permerror };
std::string_view to_string(SpfResult result);

struct SpfMechanism {
  enum class Kind { all, include, a, mx, ptr, ip4, ip6, exists };

  Kind kind = Kind::all;
  SpfResult result = SpfResult::pass;    // what a match means: its qualifier
  std::optional<SpfMacroString> domain;  // not given: the domain whose record this is
  IpAddress network;                     // of ip4 and ip6
  unsigned v4_bits = 32;
  unsigned v6_bits = 128;
  std::string text;  // as it stands in the record
};

struct SpfRecord {
  std::vector<SpfMechanism> mechanisms;  // in their order
  std::optional<SpfMacroString> redirect;
  std::optional<SpfMacroString> explanation;

  bool has_all() const;
};

// Section 4.5: does the text of a TXT record begin as one for SPF does?
bool is_spf_record(std::string_view text);

// `text` is_spf_record(). Errors: syntax; the detail names the term.
Result<SpfRecord> parse_spf_record(std::string_view text);

}  // namespace yubin::policy
