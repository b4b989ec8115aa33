// Asking the DNS. The answers are plain values; who asks and who answers meet only here.
//
// The one rule that all callers rely on: a failure of the DNS is a temporary condition. `no_such_name` and `no_data`
// are said only when a name server said so; whatever went wrong otherwise is `temporary` or `bogus`, and mail waits.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "base/ip_address.h"

namespace yubin::dns {

enum class RecordType { a, aaaa, mx, txt, ptr, tlsa, cname, srv, caa };

struct Question {
  RecordType type;
  std::string name;  // A-labels without the final dot, at most 253 bytes; "_25._tcp.mx.example.org" for TLSA

  // The name under which an address has its PTR records (RFC 1035 section 3.5, RFC 3596 section 2.5).
  static Question reverse(IpAddress const& address);

  friend bool operator==(Question const&, Question const&) = default;
};

struct Mx {
  std::uint16_t preference;
  std::string exchange;  // like Question::name; empty is the root, which says "no mail here" (RFC 7505 section 3)

  friend bool operator==(Mx const&, Mx const&) = default;
};

struct Txt {
  std::string text;  // the record's character-strings put together with nothing between (RFC 7208 section 3.3)

  friend bool operator==(Txt const&, Txt const&) = default;
};

struct Ptr {
  std::string name;

  friend bool operator==(Ptr const&, Ptr const&) = default;
};

// RFC 6698 section 2.1
struct Tlsa {
  std::uint8_t usage;
  std::uint8_t selector;
  std::uint8_t matching_type;
  std::string data;  // bytes, not hex

  friend bool operator==(Tlsa const&, Tlsa const&) = default;
};

// Of a question for the CNAME itself; elsewhere CNAMEs are followed.
struct Cname {
  std::string target;

  friend bool operator==(Cname const&, Cname const&) = default;
};

// RFC 2782; an empty target is the root: the service is not there.
struct Srv {
  std::uint16_t priority;
  std::uint16_t weight;
  std::uint16_t port;
  std::string target;

  friend bool operator==(Srv const&, Srv const&) = default;
};

// RFC 8659 section 4.1: which authorities may issue certificates.
struct Caa {
  std::uint8_t flags;
  std::string tag;  // in lower case: "issue"
  std::string value;

  friend bool operator==(Caa const&, Caa const&) = default;
};

using Record = std::variant<IpAddress, Mx, Txt, Ptr, Tlsa, Cname, Srv, Caa>;

enum class Status {
  found,         // at least one record
  no_such_name,  // NXDOMAIN: nothing of any type at the name or below it (RFC 8020)
  no_data,       // the name exists, but has no record of this type
  temporary,     // no usable answer: timeout, SERVFAIL, REFUSED, a loop, our own limit
  bogus,         // DNSSEC says that the answer is forged or broken; to be treated like `temporary`
};

struct Answer {
  Status status = Status::temporary;
  std::vector<Record> records;  // all of the question's type, in the order they came in; empty unless `found`
  // The name where the records stand after CNAMEs were followed; DANE needs it (RFC 7671 section 7).
  std::string canonical_name;
  // Validated by DNSSEC, all CNAMEs on the way too; for no_such_name and no_data the proof of absence. Never set with
  // `temporary` or `bogus`.
  bool secure = false;
  std::chrono::seconds ttl{0};  // how long it may be kept; of the shortest-lived record on the way
  std::string why;              // for the journal, when temporary or bogus: "timeout", "SERVFAIL", "signature expired"

  friend bool operator==(Answer const&, Answer const&) = default;
};

class Resolver {
 public:
  using Callback = std::move_only_function<void(Answer)>;

  virtual ~Resolver() = default;

  // Calls `done` exactly once, within the resolver's own time limit: at once on this thread if the answer is known, or
  // later on the resolver's. It must return quickly, so post to a loop if there is more to do. Questions that wait are
  // answered `temporary` when the resolver goes. Any thread.
  virtual void look_up(Question question, Callback done) = 0;
};

}  // namespace yubin::dns
