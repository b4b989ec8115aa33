#include "policy/tag_list.h"

#include <algorithm>
#include <set>

#include "base/base64.h"
#include "base/text.h"

namespace yubin::policy {

namespace {

bool is_white_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// tag-name = ALPHA *ALNUMPUNC
bool is_tag_name(std::string_view name) {
  auto fits = [](char c) { return is_alpha(c) || is_digit(c) || c == '_'; };
  return !name.empty() && is_alpha(name.front()) && std::ranges::all_of(name, fits);
}

// VALCHAR = %x21-3A / %x3C-7E, with FWS between; RFC 8616 section 5 adds UTF-8.
bool is_tag_value(std::string_view value) {
  auto fits = [](char c) { return is_white_space(c) || (static_cast<unsigned char>(c) > ' ' && c != 0x7f); };
  return std::ranges::all_of(value, fits);
}

}  // namespace

Result<TagList> TagList::parse(std::string_view text) {
  TagList out;
  std::set<std::string, std::less<>> names;
  std::vector<std::string_view> pieces = split(text, ';');
  if (trim(pieces.back()).empty()) pieces.pop_back();  // the last ";" may end the list
  for (std::string_view piece : pieces) {
    std::size_t const equals = piece.find('=');
    if (equals == std::string_view::npos) return fail(Errc::syntax, quoted(trim(piece), 40) + " is no tag");
    std::string_view const name = trim(piece.substr(0, equals));
    std::string_view const value = trim(piece.substr(equals + 1));
    if (!is_tag_name(name)) return fail(Errc::syntax, quoted(name, 40) + " is no tag's name");
    if (!is_tag_value(value)) return fail(Errc::syntax, "controls in the value of " + std::string(name) + "=");
    if (!names.emplace(name).second) return fail(Errc::syntax, std::string(name) + "= stands there twice");
    out.tags_.push_back({std::string(name), std::string(value)});
  }
  return out;
}

std::optional<std::string_view> TagList::find(std::string_view name) const {
  auto const found = std::ranges::find(tags_, name, &Tag::name);
  if (found == tags_.end()) return std::nullopt;
  return found->value;
}

std::vector<std::string> colon_list(std::string_view value) {
  std::vector<std::string> out;
  for (std::string_view piece : split(value, ':')) out.emplace_back(trim(piece));
  return out;
}

std::string without_white_space(std::string_view value) {
  std::string out;
  std::ranges::copy_if(value, std::back_inserter(out), [](char c) { return !is_white_space(c); });
  return out;
}

std::optional<std::string> decode_base64_tag(std::string_view value) {
  std::string text = without_white_space(value);
  while (text.size() % 4 != 0) text += '=';
  return from_base64(text);
}

}  // namespace yubin::policy
