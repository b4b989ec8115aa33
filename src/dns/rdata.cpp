#include "dns/rdata.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/text.h"
#include "dns/name.h"

namespace yubin::dns {

namespace {

std::uint8_t byte_at(std::string_view data, std::size_t at) {
  return static_cast<std::uint8_t>(data[at]);
}

// <domain-name>: labels, each with its length before it, up to the empty one; all of `data`.
std::optional<std::string> wire_name(std::string_view data) {
  std::string text;
  while (!data.empty() && data.front() != '\0') {
    std::size_t const length = byte_at(data, 0);
    std::string_view const label = data.substr(1, length);
    // A dot within a label would look like the end of one.
    if (length > 63 || label.size() != length || label.contains('.')) return std::nullopt;
    if (!text.empty()) text += '.';
    text += label;
    data.remove_prefix(1 + length);
  }
  if (data.size() != 1) return std::nullopt;
  return normal_name(text.empty() ? "." : text);
}

template <std::size_t n>
std::array<std::uint8_t, n> bytes_of(std::string_view data) {
  std::array<std::uint8_t, n> out{};
  std::ranges::transform(data, out.begin(), [](char c) { return static_cast<std::uint8_t>(c); });
  return out;
}

std::uint16_t number_at(std::string_view data, std::size_t at) {
  return static_cast<std::uint16_t>(byte_at(data, at) << 8 | byte_at(data, at + 1));
}

std::optional<Record> mx(std::string_view data) {
  if (data.size() < 3) return std::nullopt;
  auto exchange = wire_name(data.substr(2));
  if (!exchange) return std::nullopt;
  return Mx{number_at(data, 0), *std::move(exchange)};
}

std::optional<Record> srv(std::string_view data) {
  if (data.size() < 7) return std::nullopt;
  auto target = wire_name(data.substr(6));
  if (!target) return std::nullopt;
  return Srv{number_at(data, 0), number_at(data, 2), number_at(data, 4), *std::move(target)};
}

// RFC 8659 section 4.1: the tag's length stands before it, the value is the rest.
std::optional<Record> caa(std::string_view data) {
  if (data.size() < 2) return std::nullopt;
  std::size_t const length = byte_at(data, 1);
  std::string_view const tag = data.substr(2, length);
  auto is_of_a_tag = [](char c) { return is_alpha(c) || is_digit(c); };
  if (length == 0 || tag.size() != length || !std::ranges::all_of(tag, is_of_a_tag)) return std::nullopt;
  return Caa{byte_at(data, 0), to_lower(tag), std::string(data.substr(2 + length))};
}

// One or more <character-string>s.
std::optional<Record> txt(std::string_view data) {
  if (data.empty()) return std::nullopt;
  Txt out;
  while (!data.empty()) {
    std::size_t const length = byte_at(data, 0);
    if (data.size() - 1 < length) return std::nullopt;
    out.text += data.substr(1, length);
    data.remove_prefix(1 + length);
  }
  return out;
}

}  // namespace

std::uint16_t type_number(RecordType type) {
  switch (type) {
    case RecordType::a:
      return 1;
    case RecordType::cname:
      return 5;
    case RecordType::ptr:
      return 12;
    case RecordType::mx:
      return 15;
    case RecordType::txt:
      return 16;
    case RecordType::aaaa:
      return 28;
    case RecordType::srv:
      return 33;
    case RecordType::tlsa:
      return 52;
    case RecordType::caa:
      return 257;
  }
  std::unreachable();
}

std::optional<Record> parse_rdata(RecordType type, std::string_view data) {
  switch (type) {
    case RecordType::a:
      if (data.size() != 4) return std::nullopt;
      return IpAddress::v4(bytes_of<4>(data));
    case RecordType::aaaa:
      if (data.size() != 16) return std::nullopt;
      return IpAddress::v6(bytes_of<16>(data));
    case RecordType::mx:
      return mx(data);
    case RecordType::ptr: {
      auto name = wire_name(data);
      if (!name) return std::nullopt;
      return Ptr{*std::move(name)};
    }
    case RecordType::cname: {
      auto name = wire_name(data);
      if (!name) return std::nullopt;
      return Cname{*std::move(name)};
    }
    case RecordType::srv:
      return srv(data);
    case RecordType::tlsa:
      if (data.size() < 4) return std::nullopt;
      return Tlsa{byte_at(data, 0), byte_at(data, 1), byte_at(data, 2), std::string(data.substr(3))};
    case RecordType::txt:
      return txt(data);
    case RecordType::caa:
      return caa(data);
  }
  std::unreachable();
}

}  // namespace yubin::dns
