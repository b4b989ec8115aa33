// Any record data from the wire: it is taken only if, written again, it is the same record.
#include <cstdint>

#include "base/assert.h"
#include "base/text.h"
#include "dns/rdata.h"

namespace yubin::dns {
namespace {

std::string wire_name(std::string_view name) {
  std::string out;
  if (!name.empty())
    for (std::string_view label : split(name, '.')) (out += static_cast<char>(label.size())) += label;
  return out + '\0';
}

std::string bytes(std::initializer_list<unsigned> values) {
  std::string out;
  for (unsigned value : values) out += static_cast<char>(value);
  return out;
}

struct Write {
  std::string operator()(IpAddress const& a) const { return {a.bytes().begin(), a.bytes().end()}; }
  std::string operator()(Mx const& m) const {
    return bytes({m.preference / 256U, m.preference % 256U}) + wire_name(m.exchange);
  }
  std::string operator()(Ptr const& p) const { return wire_name(p.name); }
  std::string operator()(Cname const& c) const { return wire_name(c.target); }
  std::string operator()(Srv const& s) const {
    return bytes(
               {s.priority / 256U, s.priority % 256U, s.weight / 256U, s.weight % 256U, s.port / 256U, s.port % 256U}) +
           wire_name(s.target);
  }
  std::string operator()(Caa const& c) const {
    return bytes({c.flags, static_cast<unsigned>(c.tag.size())}) + c.tag + c.value;
  }
  std::string operator()(Tlsa const& t) const { return bytes({t.usage, t.selector, t.matching_type}) + t.data; }
  std::string operator()(Txt const& t) const {
    std::string out;
    std::string_view rest = t.text;
    do {
      std::string_view const piece = rest.substr(0, 255);
      (out += static_cast<char>(piece.size())) += piece;
      rest.remove_prefix(piece.size());
    } while (!rest.empty());
    return out;
  }
};

}  // namespace
}  // namespace yubin::dns

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace yubin::dns;
  if (size == 0) return 0;
  auto const type = static_cast<RecordType>(data[0] % 9);
  auto const record = parse_rdata(type, {reinterpret_cast<char const*>(data) + 1, size - 1});
  if (!record) return 0;
  // An address of IPv4 in one of IPv6 becomes the former.
  bool const mapped = type == RecordType::aaaa && std::get<yubin::IpAddress>(*record).is_v4();
  if (!mapped) YUBIN_ASSERT(parse_rdata(type, std::visit(Write(), *record)) == record);
  return 0;
}
