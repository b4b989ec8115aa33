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
  std::size_t message = 30 * 1024 * 1024;  // bytes; a longer mail is not opened
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
  // is not ours is a problem. Errors: those of the store, to be tried again.
  Result<ReadReports> read(kv::BodyRef const& body, UniqueId id) const;

 private:
  Result<std::string> whole(kv::BodyRef const& body) const;
  Result<> add(report::Document const& document, UniqueId id, ReadReports& out) const;
  Result<> add_aggregate(report::AggregateReport const& report, ReadReports& out) const;
  Result<> add_tls(report::TlsReport const& report, ReadReports& out) const;
  Result<> add_failure(report::FailureReport const& report, UniqueId id, ReadReports& out) const;
  Result<> add_names(report::AggregateReport const& report, ReadReports& out) const;
  Result<bool> is_known(std::string const& mark, ReadReports const& out) const;
  Result<std::optional<std::string>> find_own(std::string domain) const;

  Services const services_;
  ReportLimits const limits_;
};

}  // namespace yubin::deliver
