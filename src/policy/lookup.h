// What a check asks of the DNS, and what it is told. Values only: whoever drives the check resolves them.
#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/ip_address.h"

namespace yubin::policy {

// With the numbers of the DNS (RFC 1035 section 3.2.2, RFC 3596 section 2.1, RFC 6698 section 7.1).
enum class RecordType : std::uint16_t { a = 1, ptr = 12, mx = 15, txt = 16, aaaa = 28, tlsa = 52 };
std::string_view to_string(RecordType type);

class Question {
 public:
  // Names are compared without ASCII case (RFC 1035 section 2.3.3) and without a final dot; kept so.
  Question(std::string_view name, RecordType type);

  std::string const& name() const { return name_; }
  RecordType type() const { return type_; }
  friend auto operator<=>(Question const&, Question const&) = default;

 private:
  std::string name_;
  RecordType type_;
};

// The name under which an address has its PTR records (RFC 1035 section 3.5, RFC 3596 section 2.5).
std::string reverse_name(IpAddress const& address);

struct A {
  std::array<std::uint8_t, 4> address;
  friend bool operator==(A const&, A const&) = default;
};
struct Aaaa {
  std::array<std::uint8_t, 16> address;
  friend bool operator==(Aaaa const&, Aaaa const&) = default;
};
struct Ptr {
  std::string host;
  friend bool operator==(Ptr const&, Ptr const&) = default;
};
struct Mx {
  std::uint16_t preference = 0;
  std::string host;  // empty: the null MX "." (RFC 7505 section 3)
  friend bool operator==(Mx const&, Mx const&) = default;
};
struct Txt {
  std::string text;  // the strings of one record joined with nothing between (RFC 7208 section 3.3)
  friend bool operator==(Txt const&, Txt const&) = default;
};
struct Tlsa {
  std::uint8_t usage = 0;
  std::uint8_t selector = 0;
  std::uint8_t matching_type = 0;
  std::string data;  // octets
  friend bool operator==(Tlsa const&, Tlsa const&) = default;
};
using Record = std::variant<A, Aaaa, Ptr, Mx, Txt, Tlsa>;

enum class Existence {
  found,      // there are records of the type asked for
  no_name,    // NXDOMAIN: there is nothing of that name, of any type
  no_data,    // the name exists, but has no record of that type
  temporary,  // SERVFAIL, timeout: not known; never to be taken for one of the two above
  bogus,      // DNSSEC says that the answer is forged or its zone broken; not known either
};
std::string_view to_string(Existence existence);

struct Answer {
  Existence existence = Existence::temporary;
  std::vector<Record> records;  // all of the type asked for, CNAMEs followed; none unless found
  bool secure = false;          // validated by DNSSEC; also of no_name and no_data
  std::chrono::seconds ttl{0};  // how long it may be kept
  friend bool operator==(Answer const&, Answer const&) = default;

  bool known() const { return existence != Existence::temporary && existence != Existence::bogus; }
};

// The records of an answer that are of type T; empty unless found.
template <class T>
std::vector<T> records_of(Answer const& answer) {
  std::vector<T> records;
  for (Record const& record : answer.records) {
    if (auto const* wanted = std::get_if<T>(&record)) records.push_back(*wanted);
  }
  return records;
}

}  // namespace yubin::policy
