// DMARC records and foreign Authentication-Results: what was read says the same when it is read again.
#include <cstdint>

#include "base/assert.h"
#include "policy/authentication_results.h"
#include "policy/dmarc_record.h"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace yubin::policy;
  std::string const text(reinterpret_cast<char const*>(data), size);
  (void)parse_dmarc_record(text);  // must end
  std::string const known = "v=DMARC1; p=reject; psd=n; t=y; " + text;
  auto const record = parse_dmarc_record(known);
  // What comes first counts, whatever follows.
  YUBIN_ASSERT(record && record->suffix == DmarcRecord::Suffix::no && record->testing);
  auto const again = parse_dmarc_record(record->text);
  YUBIN_ASSERT(again && again->domain == record->domain && again->subdomains == record->subdomains &&
               again->aggregate == record->aggregate);
  YUBIN_ASSERT(record->unusable || record->domain == DmarcPolicy::reject || !record->aggregate.empty());
  YUBIN_ASSERT(!may_stay(" mx.example.test; " + text, "MX.example.test"));
  (void)may_stay(text, "mx.example.test");  // must end
  return 0;
}
