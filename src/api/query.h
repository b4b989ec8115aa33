// The query of a request's target: /api/v1/journal?to=hanako%40example.test&limit=10.
#pragma once

#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace yubin::api {

// %XX as the byte that it stands for. Errors: syntax.
Result<std::string> percent_decode(std::string_view text);

class QueryString {
 public:
  // What stands behind the "?". Each name at most once, and one of `known`. Errors: syntax, in one sentence.
  static Result<QueryString> parse(std::string_view text, std::initializer_list<std::string_view> known);

  std::string text(std::string_view name) const;  // empty if it is not there
  Result<std::optional<std::uint64_t>> number(std::string_view name) const;
  std::map<std::string, std::string, std::less<>> const& fields() const { return fields_; }

 private:
  std::map<std::string, std::string, std::less<>> fields_;
};

}  // namespace yubin::api
