#include "cli/quantity.h"

#include <fmt/format.h>

#include <cmath>

#include "base/text.h"

namespace yubin::cli {

namespace {

constexpr std::string_view kUnits = "KMGT";

}  // namespace

Result<std::uint64_t> parse_size(std::string_view text) {
  std::string_view number = text;
  std::uint64_t unit = 1;
  if (!number.empty()) {
    std::size_t const at = kUnits.find(ascii_upper(number.back()));
    if (at != std::string_view::npos) {
      unit = std::uint64_t{1} << (10 * (at + 1));
      number.remove_suffix(1);
    }
  }
  std::size_t const point = number.find('.');
  std::string_view const behind = point == std::string_view::npos ? "0" : number.substr(point + 1);
  auto const whole = parse_number(number.substr(0, point));
  auto const fraction = parse_number(behind);
  if (!whole || !fraction || behind.size() > 3 || *whole > (std::uint64_t{1} << 60) / unit) {
    return fail(Errc::syntax, fmt::format("{} is no size; write it like 500M, 5G or 1.5T", quoted(text)));
  }
  double const part = static_cast<double>(*fraction) / std::pow(10.0, static_cast<double>(behind.size()));
  return *whole * unit + static_cast<std::uint64_t>(part * static_cast<double>(unit));
}

std::string size_text(std::uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} bytes", bytes);
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (value /= 1024; value >= 1024 && unit + 1 < kUnits.size(); value /= 1024) ++unit;
  return fmt::format("{:.1f} {}iB", value, kUnits[unit]);
}

}  // namespace yubin::cli
