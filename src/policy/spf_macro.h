// macro-string of SPF (RFC 7208 section 7): text with %{...} in it, which is filled in with facts of the connection.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ip_address.h"
#include "base/result.h"

namespace yubin::policy {

// RFC 7208 section 7.2: what the letters stand for.
struct SpfMacroValues {
  IpAddress client;           // i, c, v
  std::string local_part;     // l; with sender_domain: s
  std::string sender_domain;  // o
  std::string domain;         // d
  std::string helo;           // h
  std::string validated;      // p; only if uses_validated()
  std::string receiver;       // r
  WallTime now{};             // t
};

class SpfMacroString {
 public:
  enum class Use {
    domain,       // letters c, r and t are not permitted, nor blanks
    explanation,  // the text that stands in the record that exp= names
  };
  // Errors: syntax.
  static Result<SpfMacroString> parse(std::string_view text, Use use);

  std::string expand(SpfMacroValues const& values) const;
  bool uses_validated() const;  // "p", which costs look-ups
  // Section 7.1: does it end as a domain-spec does, with a top label or a macro?
  bool ends_as_domain() const;

 private:
  struct Part {
    std::string literal;  // if letter is 0
    char letter = 0;      // in lower case
    bool url = false;     // it stood in upper case: escaped as in a URL (RFC 3986 section 2.1)
    bool reverse = false;
    std::size_t keep = 0;  // so many right-hand pieces; 0: all
    std::string delimiters;
  };
  Result<> macro(std::string_view& rest, Use use);
  static std::string expand(Part const& part, SpfMacroValues const& values);

  std::vector<Part> parts_;
};

}  // namespace yubin::policy
