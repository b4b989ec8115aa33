#include "dns/zone_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"

namespace yubin::dns {

namespace {

// RFC 1035 section 5.1: in quotes, what would end it and what is no text escaped.
std::string quoted_string(std::string_view text) {
  std::string out = "\"";
  for (char const c : text) {
    auto const byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (byte < 0x20 || byte > 0x7e) {
      out += fmt::format("\\{:03}", byte);
    } else {
      out += c;
    }
  }
  return out + '"';
}

struct Print {
  std::string operator()(IpAddress const& a) const { return a.text(); }
  std::string operator()(Mx const& m) const { return fmt::format("{} {}.", m.preference, m.exchange); }
  std::string operator()(Txt const& t) const { return txt_strings(t.text); }
  std::string operator()(Ptr const& p) const { return p.name + "."; }
  std::string operator()(Cname const& c) const { return c.target + "."; }
  std::string operator()(Srv const& s) const {
    return fmt::format("{} {} {} {}.", s.priority, s.weight, s.port, s.target);
  }
  std::string operator()(Caa const& c) const { return fmt::format("{} {} {}", c.flags, c.tag, quoted_string(c.value)); }
  std::string operator()(Tlsa const& t) const {
    return fmt::format("{} {} {} {}", t.usage, t.selector, t.matching_type, to_hex(t.data));
  }
};

}  // namespace

std::string txt_strings(std::string_view text) {
  constexpr std::size_t kMost = 255;
  std::string out;
  do {
    out += (out.empty() ? "" : " ") + quoted_string(text.substr(0, kMost));
    text.remove_prefix(std::min(kMost, text.size()));
  } while (!text.empty());
  return out;
}

std::string rdata_text(Record const& record) {
  return std::visit(Print(), record);
}

}  // namespace yubin::dns
