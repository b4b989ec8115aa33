#include "policy/dns_name.h"

#include <algorithm>

#include "base/text.h"
#include "mime/address.h"

namespace yubin::policy {

namespace {

constexpr std::size_t kMaxName = 253;
constexpr std::size_t kMaxLabel = 63;

bool is_printable(char c) {
  return c >= ' ' && c < 0x7f;
}

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= kMaxLabel && std::ranges::all_of(label, is_printable);
}

// Empty: they cannot be written so.
std::optional<std::string> in_a_labels(std::string_view name) {
  if (std::ranges::all_of(name, is_printable)) return std::string(name);
  auto const domain = mime::Domain::parse(name);
  if (!domain) return std::nullopt;
  return domain->text();
}

}  // namespace

bool is_query_name(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  return name.size() <= kMaxName && std::ranges::all_of(split(name, '.'), is_label);
}

std::optional<std::string> to_query_name(std::string_view name) {
  if (name.starts_with('[')) return std::nullopt;
  std::optional<std::string> text = in_a_labels(name);
  if (!text) return std::nullopt;
  if (text->ends_with('.')) text->pop_back();
  if (!is_query_name(*text) || text->find('.') == std::string::npos) return std::nullopt;
  return to_lower(*text);
}

std::optional<std::string> to_selector(std::string_view name, std::string_view domain) {
  std::optional<std::string> const text = in_a_labels(name);
  if (!text || text->empty() || !is_query_name(*text + "._domainkey." + std::string(domain))) return std::nullopt;
  return to_lower(*text);
}

bool is_within(std::string_view name, std::string_view domain) {
  if (name.ends_with('.')) name.remove_suffix(1);
  if (domain.ends_with('.')) domain.remove_suffix(1);
  if (name.size() < domain.size() || !iequals(name.substr(name.size() - domain.size()), domain)) return false;
  return name.size() == domain.size() || name[name.size() - domain.size() - 1] == '.';
}

std::size_t label_count(std::string_view name) {
  return name.empty() ? 0 : 1 + static_cast<std::size_t>(std::ranges::count(name, '.'));
}

std::string_view last_labels(std::string_view name, std::size_t count) {
  if (count == 0) return {};
  std::size_t at = name.size();
  for (; count > 0; --count) {
    if (at == 0) return name;
    at = name.rfind('.', at - 1);
    if (at == std::string_view::npos) return name;
  }
  return name.substr(at + 1);
}

}  // namespace yubin::policy
