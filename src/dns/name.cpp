#include "dns/name.h"

#include <algorithm>

#include "base/text.h"

namespace yubin::dns {

namespace {

constexpr std::size_t kMaxName = 253;
constexpr std::size_t kMaxLabel = 63;

bool is_label(std::string_view label) {
  auto printable = [](char c) { return c >= ' ' && c < 0x7f; };
  return !label.empty() && label.size() <= kMaxLabel && std::ranges::all_of(label, printable);
}

}  // namespace

std::optional<std::string> normal_name(std::string_view text) {
  if (text == ".") return "";
  if (text.ends_with('.')) text.remove_suffix(1);
  if (text.size() > kMaxName || !std::ranges::all_of(split(text, '.'), is_label)) return std::nullopt;
  return to_lower(text);
}

std::string_view parent_of(std::string_view name) {
  std::size_t const dot = name.find('.');
  return dot == std::string_view::npos ? std::string_view() : name.substr(dot + 1);
}

}  // namespace yubin::dns
