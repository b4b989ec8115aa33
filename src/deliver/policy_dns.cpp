#include "deliver/policy_dns.h"

#include <algorithm>
#include <utility>

namespace yubin::deliver {

namespace {

dns::RecordType type_of(policy::RecordType type) {
  switch (type) {
    case policy::RecordType::a:
      return dns::RecordType::a;
    case policy::RecordType::aaaa:
      return dns::RecordType::aaaa;
    case policy::RecordType::mx:
      return dns::RecordType::mx;
    case policy::RecordType::txt:
      return dns::RecordType::txt;
    case policy::RecordType::ptr:
      return dns::RecordType::ptr;
    case policy::RecordType::tlsa:
      return dns::RecordType::tlsa;
  }
  std::unreachable();
}

policy::Existence existence_of(dns::Status status) {
  switch (status) {
    case dns::Status::found:
      return policy::Existence::found;
    case dns::Status::no_such_name:
      return policy::Existence::no_name;
    case dns::Status::no_data:
      return policy::Existence::no_data;
    case dns::Status::temporary:
      return policy::Existence::temporary;
    case dns::Status::bogus:
      return policy::Existence::bogus;
  }
  std::unreachable();
}

// An AAAA record with an IPv4-mapped address is one of IPv6 all the same.
policy::Record address_record(dns::RecordType asked, IpAddress const& address) {
  auto const bytes = address.bytes();
  if (asked == dns::RecordType::a && address.is_v4()) {
    policy::A record{};
    std::ranges::copy(bytes, record.address.begin());
    return record;
  }
  policy::Aaaa record{};
  if (address.is_v4()) record.address[10] = record.address[11] = 0xff;
  std::ranges::copy(bytes, record.address.end() - static_cast<std::ptrdiff_t>(bytes.size()));
  return record;
}

struct ToPolicy {
  dns::RecordType asked;
  policy::Record operator()(IpAddress const& address) const { return address_record(asked, address); }
  policy::Record operator()(dns::Mx& mx) const { return policy::Mx{mx.preference, std::move(mx.exchange)}; }
  policy::Record operator()(dns::Txt& txt) const { return policy::Txt{std::move(txt.text)}; }
  policy::Record operator()(dns::Ptr& ptr) const { return policy::Ptr{std::move(ptr.name)}; }
  policy::Record operator()(dns::Tlsa& tlsa) const {
    return policy::Tlsa{tlsa.usage, tlsa.selector, tlsa.matching_type, std::move(tlsa.data)};
  }
  // Types that no check asks for.
  policy::Record operator()(dns::Cname const&) const { std::unreachable(); }
  policy::Record operator()(dns::Srv const&) const { std::unreachable(); }
  policy::Record operator()(dns::Caa const&) const { std::unreachable(); }
};

}  // namespace

dns::Question to_dns(policy::Question const& question) {
  return {type_of(question.type()), question.name()};
}

policy::Answer from_dns(dns::RecordType asked, dns::Answer answer) {
  policy::Answer out{
      .existence = existence_of(answer.status), .records = {}, .secure = answer.secure, .ttl = answer.ttl};
  for (dns::Record& record : answer.records) out.records.push_back(std::visit(ToPolicy{asked}, record));
  return out;
}

}  // namespace yubin::deliver
