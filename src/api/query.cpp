#include "api/query.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"
#include "base/text.h"

namespace yubin::api {

Result<std::string> percent_decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    if (text.size() - i < 3) return fail(Errc::syntax, "it ends in the middle of a % escape");
    TRY(std::string byte, from_hex(text.substr(i + 1, 2)));
    out += byte;
    i += 2;
  }
  return out;
}

Result<QueryString> QueryString::parse(std::string_view text, std::initializer_list<std::string_view> known) {
  QueryString query;
  if (text.empty()) return query;
  for (std::string_view field : split(text, '&')) {
    std::size_t const equals = field.find('=');
    if (equals == std::string_view::npos) return fail(Errc::syntax, "a field of the query has no =");
    TRY(std::string name, percent_decode(field.substr(0, equals)));
    TRY(std::string value, percent_decode(field.substr(equals + 1)));
    if (std::ranges::find(known, name) == known.end())
      return fail(Errc::syntax,
                  fmt::format("unknown field {}; known are: {}", yubin::quoted(name), fmt::join(known, ", ")));
    if (!query.fields_.emplace(name, std::move(value)).second)
      return fail(Errc::syntax, fmt::format("{} is given twice", name));
  }
  return query;
}

std::string QueryString::text(std::string_view name) const {
  auto const field = fields_.find(name);
  return field == fields_.end() ? "" : field->second;
}

Result<std::optional<std::uint64_t>> QueryString::number(std::string_view name) const {
  std::string const value = text(name);
  if (value.empty()) return std::nullopt;
  std::optional<std::uint64_t> const number = parse_number(value);
  if (!number) return fail(Errc::syntax, fmt::format("{} must be a number, not {}", name, yubin::quoted(value)));
  return number;
}

}  // namespace yubin::api
