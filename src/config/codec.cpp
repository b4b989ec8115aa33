#include "config/codec.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"

namespace yubin::config {

namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};
constexpr Unit kSizes[] = {
    {"TiB", 1ull << 40}, {"GiB", 1ull << 30}, {"MiB", 1ull << 20}, {"KiB", 1ull << 10}, {"B", 1}};
constexpr Unit kTimes[] = {{"d", 86'400'000}, {"h", 3'600'000}, {"min", 60'000}, {"s", 1000}, {"ms", 1}};

template <std::size_t N>
Result<std::uint64_t> parse_with_unit(std::string_view text, Unit const (&units)[N], std::string_view example) {
  auto const* const digits_end = std::ranges::find_if_not(text, is_digit);
  auto const length = static_cast<std::size_t>(digits_end - text.begin());
  std::optional<std::uint64_t> const n = parse_number(text.substr(0, length));
  std::string_view const name = trim(text.substr(length));
  auto const* const unit = std::ranges::find(units, name, &Unit::name);
  std::uint64_t product = 0;
  if (!n || unit == std::end(units) || __builtin_mul_overflow(*n, unit->factor, &product))
    return fail(Errc::syntax, fmt::format("is a whole number with a unit, like {}", example));
  return product;
}

template <std::size_t N>
std::string format_with_unit(std::uint64_t amount, Unit const (&units)[N]) {
  for (Unit const& unit : units)
    if (amount >= unit.factor && amount % unit.factor == 0)
      return fmt::format("{} {}", amount / unit.factor, unit.name);
  return fmt::format("0 {}", units[N - 1].name);
}

}  // namespace

std::string toml_text(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += fmt::format("\\u{:04X}", static_cast<unsigned char>(c));
    } else {
      out.push_back(c);
    }
  }
  return out + "\"";
}

Result<std::uint64_t> parse_size(std::string_view text) {
  return parse_with_unit(text, kSizes, "\"50 MiB\" (B, KiB, MiB, GiB, TiB)");
}
std::string format_size(std::uint64_t bytes) {
  return format_with_unit(bytes, kSizes);
}

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  constexpr std::uint64_t kMost = 1'000'000ull * 86'400'000;  // what fits into every duration
  TRY(std::uint64_t count, parse_with_unit(text, kTimes, "\"30 min\" (ms, s, min, h, d)"));
  if (count > kMost) return fail(Errc::limit, "is longer than 1000000 d");
  return std::chrono::milliseconds(count);
}
std::string format_duration(std::chrono::milliseconds time) {
  if (time.count() <= 0) return "0 s";
  return format_with_unit(static_cast<std::uint64_t>(time.count()), kTimes);
}

namespace detail {

Result<std::string> read_text(Value const& value) {
  if (auto const* text = std::get_if<std::string>(&value.is)) return *text;
  return wrong("is a text and stands in quotes");
}

Result<std::uint64_t> read_size(Value const& value, std::uint64_t least, std::uint64_t most) {
  if (!std::holds_alternative<std::string>(value.is)) return wrong("needs a unit, and quotes: \"50 MiB\"");
  TRY(std::uint64_t bytes, parse_size(std::get<std::string>(value.is)));
  if (bytes < least || bytes > most) return wrong();
  return bytes;
}

Result<std::chrono::milliseconds> read_duration(Value const& value, std::chrono::milliseconds least,
                                                std::chrono::milliseconds most) {
  if (!std::holds_alternative<std::string>(value.is)) return wrong("needs a unit, and quotes: \"30 min\"");
  TRY(std::chrono::milliseconds time, parse_duration(std::get<std::string>(value.is)));
  if (time < least || time > most) return wrong();
  return time;
}

Result<std::int64_t> read_number(Value const& value, std::int64_t least, std::int64_t most) {
  auto const* n = std::get_if<std::int64_t>(&value.is);
  if (n == nullptr || *n < least || *n > most) return wrong();
  return *n;
}

}  // namespace detail

Codec<bool> flag() {
  return {"true or false",
          [](Value const& value) -> Result<bool> {
            if (auto const* on = std::get_if<bool>(&value.is)) return *on;
            return detail::wrong();
          },
          [](bool const& on) -> std::string { return on ? "true" : "false"; }};
}

Codec<std::string> text(std::string takes, std::size_t limit) {
  return {std::move(takes),
          [limit](Value const& value) -> Result<std::string> {
            TRY(std::string text, detail::read_text(value));
            if (text.size() > limit) return detail::wrong(fmt::format("is longer than {} bytes", limit));
            // It goes into lines of protocols and of the log.
            if (std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }))
              return detail::wrong("holds a control character");
            return text;
          },
          [](std::string const& value) { return toml_text(value); }};
}

Codec<std::filesystem::path> path() {
  return {"an absolute path",
          [](Value const& value) -> Result<std::filesystem::path> {
            TRY(std::string text, detail::read_text(value));
            std::filesystem::path const result(text);
            if (!result.is_absolute()) return detail::wrong();
            return result;
          },
          [](std::filesystem::path const& value) { return value.empty() ? "" : toml_text(value.string()); }};
}

}  // namespace yubin::config
