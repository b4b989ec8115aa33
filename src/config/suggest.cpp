#include "config/suggest.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace yubin::config {

namespace {

constexpr std::size_t kLongest = 80;  // no option's name is longer

std::string_view last_part(std::string_view name) {
  std::size_t const dot = name.rfind('.');
  return dot == std::string_view::npos ? name : name.substr(dot + 1);
}

}  // namespace

// Optimal string alignment: three rows of the usual table.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::swap(before_last, last);
    std::swap(last, row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      std::size_t const replace = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replace});
      bool const swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
  }
  return row[b.size()];
}

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
