#include "policy/spf_macro.h"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>

#include "base/text.h"

namespace yubin::policy {

namespace {

constexpr std::string_view kDelimiters = ".-+,/_=";

// Section 7.3: an IPv6 address is 32 nibbles with dots between.
std::string dotted(IpAddress const& address) {
  if (address.is_v4()) return address.text();
  std::string out;
  for (std::uint8_t byte : address.bytes()) out += fmt::format("{:x}.{:x}.", byte >> 4, byte & 15);
  out.pop_back();
  return out;
}

std::string value_of(char letter, SpfMacroValues const& values) {
  switch (letter) {
    case 's':
      return values.local_part + "@" + values.sender_domain;
    case 'l':
      return values.local_part;
    case 'o':
      return values.sender_domain;
    case 'd':
      return values.domain;
    case 'i':
      return dotted(values.client);
    case 'p':
      return values.validated;
    case 'v':
      return values.client.is_v4() ? "in-addr" : "ip6";
    case 'h':
      return values.helo;
    case 'c':
      return values.client.text();
    case 'r':
      return values.receiver;
    case 't':
      return std::to_string(std::chrono::floor<std::chrono::seconds>(values.now).time_since_epoch().count());
    default:
      return {};
  }
}

std::string url_escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
    bool const unreserved = is_alpha(c) || is_digit(c) || std::string_view("-._~").find(c) != std::string_view::npos;
    if (unreserved) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::vector<std::string> pieces_of(std::string_view value, std::string_view delimiters) {
  std::vector<std::string> pieces(1);
  for (char c : value) {
    if (delimiters.find(c) != std::string_view::npos) {
      pieces.emplace_back();
    } else {
      pieces.back() += c;
    }
  }
  return pieces;
}

bool is_ldh(char c) {
  return is_alpha(c) || is_digit(c) || c == '-';
}

// toplabel = ( *alphanum ALPHA *alphanum ) / ( 1*alphanum "-" *( alphanum / "-" ) alphanum )
bool is_top_label(std::string_view label) {
  if (label.empty() || !std::ranges::all_of(label, is_ldh)) return false;
  if (label.front() == '-' || label.back() == '-') return false;
  return !std::ranges::all_of(label, is_digit);
}

}  // namespace

Result<SpfMacroString> SpfMacroString::parse(std::string_view text, Use use) {
  SpfMacroString out;
  while (!text.empty()) {
    char const c = text.front();
    if (c == '%') {
      TRY_VOID(out.macro(text, use));
      continue;
    }
    bool const literal = (c > ' ' && c < 0x7f) || (c == ' ' && use == Use::explanation);
    if (!literal) return fail(Errc::syntax, "a byte that is not printable ASCII");
    if (out.parts_.empty() || out.parts_.back().letter != 0) out.parts_.emplace_back();
    out.parts_.back().literal += c;
    text.remove_prefix(1);
  }
  return out;
}

// macro-expand = ( "%{" macro-letter transformers *delimiter "}" ) / "%%" / "%_" / "%-"
Result<> SpfMacroString::macro(std::string_view& rest, Use use) {
  constexpr std::pair<std::string_view, std::string_view> kEscapes[] = {{"%%", "%"}, {"%_", " "}, {"%-", "%20"}};
  for (auto const& [escape, meaning] : kEscapes) {
    if (!rest.starts_with(escape)) continue;
    parts_.push_back({.literal = std::string(meaning), .delimiters = {}});
    rest.remove_prefix(escape.size());
    return {};
  }
  std::size_t const end = rest.find('}');
  if (!rest.starts_with("%{") || end == std::string_view::npos || end == 2)
    return fail(Errc::syntax, "a percent sign that begins no macro");
  std::string_view inside = rest.substr(2, end - 2);
  rest.remove_prefix(end + 1);

  Part part;
  part.letter = ascii_lower(inside.front());
  part.url = inside.front() != part.letter;
  std::string_view const letters = use == Use::domain ? "slodiphv" : "slodiphvcrt";
  if (letters.find(part.letter) == std::string_view::npos)
    return fail(Errc::syntax, fmt::format("%{{{}}} is no macro here", quoted(inside.substr(0, 1))));
  inside.remove_prefix(1);

  std::size_t const digits = std::min(inside.find_first_not_of("0123456789"), inside.size());
  if (digits > 0) {
    auto const keep = parse_number(inside.substr(0, digits));
    // Section 7.1: a number that is given is not zero. One that no name can have keeps all.
    if (keep == 0U) return fail(Errc::syntax, "a macro that keeps no part");
    part.keep = keep ? static_cast<std::size_t>(*keep) : 0;
    inside.remove_prefix(digits);
  }
  if (!inside.empty() && ascii_lower(inside.front()) == 'r') {
    part.reverse = true;
    inside.remove_prefix(1);
  }
  if (inside.find_first_not_of(kDelimiters) != std::string_view::npos)
    return fail(Errc::syntax, "a macro with " + quoted(inside, 20) + " in it");
  part.delimiters = inside.empty() ? "." : inside;
  parts_.push_back(std::move(part));
  return {};
}

// Section 7.3: split, reverse, keep the right-hand parts, join with dots, escape.
std::string SpfMacroString::expand(Part const& part, SpfMacroValues const& values) {
  std::vector<std::string> pieces = pieces_of(value_of(part.letter, values), part.delimiters);
  if (part.reverse) std::ranges::reverse(pieces);
  std::size_t const skipped = part.keep != 0 && part.keep < pieces.size() ? pieces.size() - part.keep : 0;
  std::string out = fmt::format("{}", fmt::join(pieces | std::views::drop(skipped), "."));
  return part.url ? url_escaped(out) : out;
}

std::string SpfMacroString::expand(SpfMacroValues const& values) const {
  std::string out;
  for (Part const& part : parts_) out += part.letter == 0 ? part.literal : expand(part, values);
  return out;
}

bool SpfMacroString::uses_validated() const {
  return std::ranges::any_of(parts_, [](Part const& part) { return part.letter == 'p'; });
}

// domain-end = ( "." toplabel [ "." ] ) / macro-expand
bool SpfMacroString::ends_as_domain() const {
  if (parts_.empty()) return false;
  Part const& last = parts_.back();
  if (last.letter != 0 || last.literal == "%" || last.literal == " " || last.literal == "%20") return true;
  std::string_view text = last.literal;
  if (text.ends_with('.')) text.remove_suffix(1);
  std::size_t const dot = text.rfind('.');
  return dot != std::string_view::npos && is_top_label(text.substr(dot + 1));
}

}  // namespace yubin::policy
