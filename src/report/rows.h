// Reports as they are kept: rows of Table::queue, beside the numbers of queue::RowKind. docs/FORMAT.md lists keys and
// values to the byte.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ip_address.h"
#include "base/result.h"
#include "kv/types.h"
#include "report/aggregate.h"
#include "report/failure.h"
#include "report/tls.h"

namespace yubin::report {

// First bytes of keys. A mark says that a report is there, so that it counts once.
enum class Kind : char {
  dmarc = 'd',
  dmarc_mark = 'D',
  failure = 'f',
  name = 'n',
  name_due = 'N',
  size = 'b',
  tls = 't',
  tls_mark = 'T'
};

using Day = std::uint32_t;  // since 1970, in UTC
Day day_of(std::int64_t seconds);
// The day that most of a report is about: some begin a second early or late.
Day day_of(std::int64_t begin, std::int64_t end);

// Who wrote it and its id, as 16 bytes: the same report has the same.
using Identity = std::string;
Identity identity_of(std::string_view organization, std::string_view id);

// Of kinds dmarc, tls, failure and size. `domain` is the one of ours that a report is about, or above that.
struct RowKey {
  Kind kind = Kind::dmarc;
  std::string domain;
  Day day = 0;
  Identity identity;
  std::uint16_t part = 0;  // long reports lie in several rows

  std::string encode() const;
  static Result<RowKey> decode(std::string_view key);  // Errc::corrupt
  friend bool operator==(RowKey const&, RowKey const&) = default;
};
kv::Range kind_range(Kind kind);
kv::Range days_range(Kind kind, std::string_view domain, Day from, Day to);  // both included

std::string mark_key(Kind kind, std::string_view domain, Identity const& identity);
std::string encode_mark(Day day);
Result<Day> decode_mark(std::string_view value);

// How many bytes of rows there are for a domain and a day; its key has no identity.
std::string size_key(std::string_view domain, Day day);
std::string encode_size(std::uint64_t bytes);
Result<std::uint64_t> decode_size(std::string_view value);

// A part is a report with some of the records.
std::vector<std::string> encode_aggregate(AggregateReport const& report);
Result<AggregateReport> decode_aggregate(std::string_view value);

// A part is a report with one policy, `failures` of which may be in another part.
std::vector<std::string> encode_tls(TlsReport const& report);
Result<TlsReport> decode_tls(std::string_view value);

std::string encode_failure(FailureReport const& report);
Result<FailureReport> decode_failure(std::string_view value);

// The name of an address that sends mail, as it was last found.
struct ReverseName {
  std::string name{};          // empty: it has none
  bool confirmed = false;      // the name leads back to the address
  std::int64_t looked_up = 0;  // seconds since 1970; 0: not yet
  Day reported = 0;            // when a report last told of the address; 0: not known
  friend bool operator==(ReverseName const&, ReverseName const&) = default;
};
std::string name_key(IpAddress const& address);
Result<IpAddress> decode_name_key(std::string_view key);
std::string encode_name(ReverseName const& name);
Result<ReverseName> decode_name(std::string_view value);

// That a name is to be looked up; without a value. Each row of kind name has one.
struct NameDue {
  std::int64_t due = 0;  // seconds since 1970
  IpAddress address;

  std::string encode() const;
  static Result<NameDue> decode(std::string_view key);  // Errc::corrupt
};
kv::Range names_due_range(std::int64_t until);  // included

}  // namespace yubin::report
