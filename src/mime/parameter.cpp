#include "mime/parameter.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "mime/encoded_word.h"

namespace yubin::mime {

namespace {

// One of name*0, name*1*, ... or name* (RFC 2231 sections 3, 4).
struct Piece {
  std::uint64_t number;
  std::size_t order = 0;  // among the parameters
  bool extended;          // percent signs are to be decoded; the first one names the charset
  std::string_view value;
};

// What stands behind the name: "*", "*N" or "*N*".
std::optional<Piece> piece(std::string_view suffix, std::string_view value) {
  if (!suffix.starts_with('*')) return std::nullopt;
  suffix.remove_prefix(1);
  if (suffix.empty()) return Piece{.number = 0, .order = 0, .extended = true, .value = value};
  bool extended = suffix.ends_with('*');
  if (extended) suffix.remove_suffix(1);
  auto number = parse_number(suffix);
  if (!number) return std::nullopt;
  return Piece{.number = *number, .order = 0, .extended = extended, .value = value};
}

int hex_value(char c) {
  c = ascii_lower(c);
  return is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::string decode_percent(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    int high = text[i] == '%' && i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    int low = high >= 0 ? hex_value(text[i + 2]) : -1;
    if (low < 0) {
      out.push_back(text[i]);
      continue;
    }
    out.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return out;
}

// attribute-char (RFC 2231 section 7) stays, all else becomes percent signs.
std::string encode_percent(std::string_view bytes) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (char c : bytes) {
    if (c > ' ' && c < 0x7f && std::string_view("*'%()<>@,;:\\\"/[]?=").find(c) == std::string_view::npos) {
      out.push_back(c);
      continue;
    }
    auto const byte = static_cast<unsigned char>(c);
    out += {'%', kHex[byte >> 4], kHex[byte & 15]};
  }
  return out;
}

// charset "'" [language] "'" ..., taken off `value`.
std::string_view take_charset(std::string_view& value) {
  std::size_t first = value.find('\'');
  std::size_t second = first == std::string_view::npos ? first : value.find('\'', first + 1);
  if (second == std::string_view::npos) return {};
  std::string_view charset = value.substr(0, first);
  value.remove_prefix(second + 1);
  return charset;
}

// In order and without gaps, from the lowest number on.
std::vector<Piece> pieces(Parameters const& parameters, std::string_view name) {
  std::vector<Piece> found;
  for (Parameter const& parameter : parameters) {
    if (!parameter.name.starts_with(name)) continue;
    if (auto p = piece(std::string_view(parameter.name).substr(name.size()), parameter.value)) {
      p->order = found.size();
      found.push_back(*p);
    }
  }
  std::ranges::sort(found, {}, [](Piece const& p) { return std::pair(p.number, p.order); });
  // Of two with one number the first counts.
  auto repeated = std::ranges::unique(found, {}, &Piece::number);
  found.erase(repeated.begin(), repeated.end());
  for (std::size_t i = 1; i < found.size(); ++i) {
    if (found[i].number != found[i - 1].number + 1) found.resize(i);
  }
  return found;
}

// File names are shown in one line.
DecodedText without_controls(DecodedText text) {
  std::ranges::replace_if(text.text, [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; }, ' ');
  return text;
}

DecodedText join(std::vector<Piece> found) {
  std::string_view charset;
  if (found.front().extended) charset = take_charset(found.front().value);
  std::string bytes;
  for (Piece const& p : found) bytes += p.extended ? decode_percent(p.value) : std::string(p.value);
  if (charset.empty()) return decode_header(bytes);
  return without_controls(decode_text(bytes, charset));
}

// "x", "x*", "x*0" and "x*0*" are forms of x.
std::string_view base_name(std::string_view name) {
  std::size_t const star = name.find('*');
  return star != std::string_view::npos && piece(name.substr(star), {}) ? name.substr(0, star) : name;
}

bool has_number(std::string_view name) {
  return base_name(name).size() + 1 < name.size();
}

Parameter joined(std::string_view name, std::vector<Piece> found) {
  Parameter out{.name = std::string(name), .value = {}};
  if (std::ranges::none_of(found, &Piece::extended)) {
    for (Piece const& p : found) out.value += p.value;
    return out;
  }
  out.name += '*';
  std::string_view const first = found.front().value;
  if (found.front().extended) (void)take_charset(found.front().value);  // it stays as it is written
  out.value = first.substr(0, first.size() - found.front().value.size());
  if (out.value.empty()) out.value = "''";
  for (Piece const& p : found) out.value += encode_percent(p.extended ? decode_percent(p.value) : std::string(p.value));
  return out;
}

}  // namespace

Parameters join_continuations(Parameters const& parameters) {
  std::set<std::string_view> in_pieces;
  for (Parameter const& parameter : parameters) {
    if (has_number(parameter.name)) in_pieces.insert(base_name(parameter.name));
  }
  if (in_pieces.empty()) return parameters;
  Parameters out;
  std::set<std::string_view> done;
  for (Parameter const& parameter : parameters) {
    std::string_view const name = base_name(parameter.name);
    if (!in_pieces.contains(name)) {
      out.push_back(parameter);
    } else if (done.insert(name).second) {
      out.push_back(joined(name, pieces(parameters, name)));
    }
  }
  return out;
}

std::optional<DecodedText> decode_parameter(Parameters const& parameters, std::string_view name) {
  std::vector<Piece> found = pieces(parameters, name);
  if (!found.empty()) return join(std::move(found));
  Parameter const* plain = find_parameter(parameters, name);
  if (plain == nullptr) return std::nullopt;
  return decode_header(plain->value);
}

std::optional<DecodedText> decode_file_name(Part const& part) {
  if (auto name = decode_parameter(part.disposition.parameters, "filename")) return name;
  return decode_parameter(part.parameters, "name");
}

}  // namespace yubin::mime
