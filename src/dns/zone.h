// A file of DNS records, in the master format of RFC 1035 section 5, as `dns.mode = static`, the demo, tests and
// `yubin check --dns` read it. It stands for the whole DNS: what is not in it does not exist.
//
//   $ORIGIN example.test.
//   $TTL 1h
//   @        MX    10 mx          ; a name without a final dot is below the origin
//   mx       A     127.0.0.1
//            AAAA  ::1            ; the name above again
//   *.lists  CNAME mx
//   @        TXT   "v=spf1 mx" " -all"
//   _25._tcp.mx TLSA 3 1 1 ( 0123
//                            4567 )
//   ; !fail broken.test. SERVFAIL
//   ; !secure example.test.
//
// Types: A, AAAA, CAA, CNAME, MX, PTR, SRV, TLSA, TXT; SOA and NS are read over. Class IN only.
// `; !fail NAME SERVFAIL|TIMEOUT|BOGUS` lets every question for this name fail; `; !secure NAME` makes answers at and
// below this name count as validated by DNSSEC. Such lines begin in the first column, NAME is always a whole one.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dns/resolver.h"

namespace yubin::dns {

class Zone {
 public:
  template <class Data>
  struct Timed {
    Data data;
    std::chrono::seconds ttl;
  };
  enum class Failure { servfail, timeout, bogus };
  // What stands at one name. One without anything exists because a name below it does (RFC 4592 section 2.2.2).
  struct Node {
    std::map<RecordType, std::vector<Timed<Record>>> records{};
    std::optional<Timed<Cname>> cname{};
    std::optional<Failure> failure{};
    bool secure = false;
  };

  // Errors: syntax, with the number of the line.
  static Result<Zone> parse(std::string_view text);

  // Null: there is nothing. Wildcards are not followed.
  Node const* find(std::string_view name) const;
  // As above, or through the wildcard that covers the name (RFC 4592 section 3.3.1).
  Node const* find_covering(std::string_view name) const;
  bool is_secure(std::string_view name) const;

 private:
  friend class ZoneReader;
  Node& make(std::string_view name);

  std::map<std::string, Node, std::less<>> nodes_;
};

}  // namespace yubin::dns
