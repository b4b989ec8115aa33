// Any document: what is read of it prints to what reads the same.
#include <cstdint>

#include "base/assert.h"
#include "report/aggregate.h"

using namespace yubin::report;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  auto report = parse_aggregate({reinterpret_cast<char const*>(data), size}, {.records = 100});
  if (!report) return 0;
  YUBIN_ASSERT(report->records.size() <= 100 && report->end >= report->begin);
  report->unreadable = 0;
  YUBIN_ASSERT(parse_aggregate(print_aggregate(*report)).value() == *report);
  return 0;
}
