// Any mail: what is found in it is within the limits, and each report reads the same when it is printed.
#include <cstdint>

#include "base/assert.h"
#include "report/aggregate.h"
#include "report/documents.h"
#include "report/failure.h"
#include "report/tls.h"

using namespace yubin::report;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  DocumentLimits const limits{.documents = 5, .bytes = 64 * 1024, .depth = 2};
  Documents const documents = find_documents({reinterpret_cast<char const*>(data), size}, limits);
  YUBIN_ASSERT(documents.found.size() <= limits.documents);
  for (Document const& one : documents.found) {
    YUBIN_ASSERT(one.bytes.size() <= size + limits.bytes);
    (void)parse_tls(one.bytes);  // a result is no matter here
    (void)parse_failure(one.bytes, one.original);
    auto report = parse_aggregate(one.bytes, {.records = 50});
    if (!report) continue;
    report->unreadable = 0;
    YUBIN_ASSERT(parse_aggregate(print_aggregate(*report)).value() == *report);
  }
  return 0;
}
