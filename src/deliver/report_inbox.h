// From a mail that came to an address for reports to the rows that keep what it says.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "directory/directory.h"
#include "kv/bodies.h"
#include "kv/key_value.h"
#include "report/documents.h"
#include "report/rows.h"

namespace yubin::deliver {

struct ReportLimits {
  std::size_t message = 30 * 1024 * 1024;          // bytes; a longer mail is not opened
  std::uint64_t domain = std::uint64_t{1} << 30U;  // bytes of rows for one of our domains; then no more are kept
  std::size_t names = 1000;                        // addresses of a report whose names are looked up
  report::DocumentLimits documents{};
  report::AggregateLimits aggregate{};
  report::TlsLimits tls{};
};

struct ReadReports {
  std::vector<kv::Row> rows;          // of Table::queue, to be put
  std::vector<std::string> said;      // a sentence for each report
  std::vector<std::string> problems;  // why somebody should look at the mail; a sentence each
};

// Reads the store; one thread at a time.
class ReportInbox {
 public:
  // All outlive this.
  struct Services {
    kv::KeyValue const& key_value;
    kv::Bodies const& bodies;
    directory::Directory const& directory;
  };
  explicit ReportInbox(Services services, ReportLimits limits = {}) : services_(services), limits_(limits) {}

  // `id` is that of the mail's entry in the journal. A report that is there already gives no rows; one on a domain that
  // is not ours, or on a day after tomorrow, is a problem: when it was is the word of who sent it. Errors: those of the
  // store, to be tried again.
  Result<ReadReports> read(kv::BodyRef const& body, UniqueId id, report::Day today) const;

 private:
  class Reading;

  Result<std::string> whole(kv::BodyRef const& body) const;
  Services const services_;
  ReportLimits const limits_;
};

}  // namespace yubin::deliver
