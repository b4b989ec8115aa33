#include "config/suggest.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/edit_distance.h"

namespace yubin::config {

namespace {

constexpr std::size_t kLongest = 80;  // no option's name is longer

std::string_view last_part(std::string_view name) {
  std::size_t const dot = name.rfind('.');
  return dot == std::string_view::npos ? name : name.substr(dot + 1);
}

}  // namespace

std::string_view nearest(std::string_view wrong, std::span<std::string_view const> known) {
  if (wrong.size() > kLongest) return {};
  std::string_view best;
  std::size_t least = std::max<std::size_t>(2, wrong.size() / 4) + 1;
  for (std::string_view name : known) {
    std::size_t distance = edit_distance(wrong, name);
    if (distance < least) {
      least = distance;
      best = name;
    }
  }
  if (!best.empty()) return best;
  for (std::string_view name : known)
    if (edit_distance(last_part(name), last_part(wrong)) <= 1) return name;
  return {};
}

std::string did_you_mean(std::string_view wrong, std::span<std::string_view const> known) {
  std::string_view const name = nearest(wrong, known);
  return name.empty() ? "" : fmt::format("; did you mean \"{}\"?", name);
}

}  // namespace yubin::config
