// A stored row that is not what was written: refused, or read as something that is written and read the same. The first
// byte says which kind it is.
#include <cstdint>

#include "base/assert.h"
#include "report/rows.h"

using namespace yubin;
using namespace yubin::report;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view const value(reinterpret_cast<char const*>(data + 1), size - 1);
  switch (data[0] % 4) {
    case 0:
      if (auto const report = decode_aggregate(value)) {
        std::size_t records = 0;
        for (std::string const& part : encode_aggregate(*report))
          records += decode_aggregate(part).value().records.size();
        YUBIN_ASSERT(records == report->records.size());
      }
      break;
    case 1:
      if (auto const report = decode_tls(value)) {
        std::size_t failures = 0;
        for (std::string const& part : encode_tls(*report))
          failures += decode_tls(part).value().policies[0].failures.size();
        YUBIN_ASSERT(failures == report->policies[0].failures.size());
      }
      break;
    case 2:
      if (auto const report = decode_failure(value))
        YUBIN_ASSERT(decode_failure(encode_failure(*report)).value() == *report);
      break;
    default:
      if (auto const key = RowKey::decode(value)) YUBIN_ASSERT(RowKey::decode(key->encode()).value() == *key);
  }
  return 0;
}
