// Content-Type and Content-Disposition (RFC 2045 section 5.1, RFC 2183), as strict as real mail permits.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace yubin::mime {

// As sent, without quotes and quoting backslashes: pieces and percent signs of RFC 2231 and encoded-words are not
// decoded.
struct Parameter {
  std::string name;  // lower-case
  std::string value;

  friend bool operator==(Parameter const&, Parameter const&) = default;
};
using Parameters = std::vector<Parameter>;

// The first one of that name (lower-case).
Parameter const* find_parameter(Parameters const& parameters, std::string_view name);

struct ContentType {
  std::string type = "text";      // lower-case
  std::string subtype = "plain";  // lower-case
  Parameters parameters = {};

  bool is(std::string_view wanted_type, std::string_view wanted_subtype) const {
    return type == wanted_type && subtype == wanted_subtype;
  }
};

struct Disposition {
  std::string type;  // lower-case; empty: the field is absent or useless
  Parameters parameters;

  friend bool operator==(Disposition const&, Disposition const&) = default;
};

// Values are unfolded. Linear. Beyond the RFCs they take: a missing semicolon; a missing subtype of text and multipart;
// values with blanks or encoded-words and no quotes; raw ISO-2022-JP and Shift_JIS.
// What is beyond `max_parameters` is dropped.
// Empty if there is no media type in it (then RFC 2045 section 5.2 makes it text/plain).
std::optional<ContentType> parse_content_type(std::string_view value, std::size_t max_parameters = 100);
Disposition parse_disposition(std::string_view value, std::size_t max_parameters = 100);

}  // namespace yubin::mime
