#include "pop3/uidl_format.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.h"
#include "base/text.h"

namespace yubin::pop3 {

namespace {

constexpr std::string_view kDovecot = "%08Xu%08Xv";
constexpr std::size_t kMaxName = 70;
constexpr int kMaxWidth = 10;
constexpr std::size_t kDecimalDigits = 10;  // of 32 bits
constexpr std::size_t kHexDigits = 8;

bool is_allowed(char c) {
  return c >= 0x21 && c <= 0x7e;
}

}  // namespace

UidlFormat::UidlFormat()
    : UidlFormat([] {
        Result<UidlFormat> format = parse(kDovecot);
        YUBIN_ASSERT(format.has_value());
        return *std::move(format);
      }()) {}

Result<UidlFormat> UidlFormat::parse(std::string_view text) {
  UidlFormat format{Empty{}};
  format.text_ = text;
  std::size_t length = 0;
  while (!text.empty()) {
    Part part;
    if (text.starts_with("%%")) {
      part.literal = "%";
      text.remove_prefix(2);
    } else if (text.starts_with('%')) {
      text.remove_prefix(1);
      TRY(part, parse_number_part(text));
    } else {
      if (!is_allowed(text.front())) return fail(Errc::syntax, "a UIDL is made of visible ASCII characters");
      part.literal = text.front();
      text.remove_prefix(1);
    }
    length += longest(part);
    format.parts_.push_back(std::move(part));
  }
  if (std::ranges::find(format.parts_, Value::uid, &Part::value) == format.parts_.end())
    return fail(Errc::syntax, "without %u two messages would have the same UIDL");
  if (length > kMaxName) return fail(Errc::syntax, fmt::format("a UIDL can be at most {} characters long", kMaxName));
  return format;
}

// What stands behind the percent sign: [width] ["x" / "X"] ("u" / "v")
Result<UidlFormat::Part> UidlFormat::parse_number_part(std::string_view& text) {
  Part part;
  bool const zeros = text.starts_with('0');
  std::size_t const digits = std::min(text.find_first_not_of("0123456789"), text.size());
  if (digits > 0) {
    auto const width = yubin::parse_number(text.substr(0, digits));
    if (!zeros || !width || *width > kMaxWidth || *width == 0)
      return fail(Errc::syntax, "a width in a UIDL is 01 to 010: a 0, since blanks cannot be in it, and the width");
    part.width = static_cast<int>(*width);
  }
  text.remove_prefix(digits);
  if (text.starts_with('x') || text.starts_with('X')) {
    part.base = text.front();
    text.remove_prefix(1);
  }
  if (!text.starts_with('u') && !text.starts_with('v'))
    return fail(Errc::syntax, "a UIDL knows %u, %v and %%, with a width and X or x before the letter");
  part.value = text.front() == 'u' ? Value::uid : Value::uid_validity;
  text.remove_prefix(1);
  return part;
}

std::size_t UidlFormat::longest(Part const& part) {
  if (part.value == Value::literal) return part.literal.size();
  return std::max(static_cast<std::size_t>(part.width), part.base == 'd' ? kDecimalDigits : kHexDigits);
}

std::string UidlFormat::name(store::UidValidity uid_validity, store::Uid uid) const {
  std::string name;
  for (Part const& part : parts_) {
    std::uint32_t const number = part.value == Value::uid ? uid.value() : uid_validity.value();
    if (part.value == Value::literal) {
      name += part.literal;
    } else if (part.base == 'x') {
      name += fmt::format("{:0{}x}", number, part.width);
    } else if (part.base == 'X') {
      name += fmt::format("{:0{}X}", number, part.width);
    } else {
      name += fmt::format("{:0{}d}", number, part.width);
    }
  }
  return name;
}

}  // namespace yubin::pop3
