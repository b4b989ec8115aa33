// A record and a sender, both any bytes: a check ends, however the record is nested in itself; and each mechanism's
// text, alone in a record, is that mechanism again.
#include <cstddef>
#include <cstdint>

#include "base/assert.h"
#include "policy/dns_name.h"
#include "policy/run_check.h"
#include "policy/spf_check.h"

namespace {

using namespace yubin;
using namespace yubin::policy;

void mechanisms_stand_alone(std::string const& text) {
  if (!is_spf_record(text)) return;
  auto const record = parse_spf_record(text);
  YUBIN_ASSERT(record.has_value() == parse_spf_record(text + "  ").has_value());
  if (!record) return;
  for (SpfMechanism const& mechanism : record->mechanisms) {
    auto const again = parse_spf_record("v=spf1 " + mechanism.text);
    YUBIN_ASSERT(again && again->mechanisms.size() == 1);
    YUBIN_ASSERT(again->mechanisms.front().kind == mechanism.kind);
    YUBIN_ASSERT(again->mechanisms.front().result == mechanism.result);
  }
}

void check_ends(std::string const& text, std::string const& sender) {
  AnswerTable table;
  for (char const* name : {"a.test", "b.test"}) {
    table.add(name, Txt{text});
    table.add(name, A{{192, 0, 2, 2}});
    table.add(name, Mx{10, name});
  }
  SpfCheck check({IpAddress::v4({192, 0, 2, 1}), "b.test", sender + "@a.test"});
  auto const finding = run_check(check, table);
  YUBIN_ASSERT(finding.has_value());
  YUBIN_ASSERT(check.outcome().terms <= SpfCheck::kMaxTerms + 1);
  YUBIN_ASSERT(check.outcome().void_lookups <= SpfCheck::kMaxVoidLookups + 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string const text = "v=spf1 " + std::string(reinterpret_cast<char const*>(data), size);
  mechanisms_stand_alone(text);
  check_ends(text, text.substr(7, 64));
  return 0;
}
