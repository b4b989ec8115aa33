// A report on its way to the sender: into a mailbox here, or into the queue.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/executor.h"
#include "deliver/local.h"
#include "deliver/report.h"
#include "deliver/srs.h"
#include "directory/directory.h"
#include "journal/journal.h"
#include "net/task.h"
#include "store/store.h"

namespace yubin::deliver {

// All outlive the task.
struct ReportServices {
  store::Store& store;
  directory::Directory& directory;
  LocalDelivery& local;
  journal::Journal& journal;
  Executor& pool;  // the storage pool
  Clock const& clock;
  std::string host_name;
  std::string domain{};      // that postmaster is of, in From; empty: the host's name
  Srs const* srs = nullptr;  // for reverse-paths that we have rewritten
};

struct ReportOrder {
  UniqueId about;  // of the journal's entry about the message's acceptance
  ReportSubject subject;
  ReportAction action;
  std::vector<ReportRecipient> recipients;  // also those of whom the sender wants to know nothing
  // What is repeated of the message; on the pool. It outlives the task. None: nothing is.
  std::function<ReportOriginal()> original{};
};

// Durable when it ends well. Nothing to do is well too: a null reverse-path, nobody of whom the sender wants to know,
// nobody at the sender's address any more, nor anywhere that it leads to.
net::Task<Result<>> send_report(ReportServices services, ReportOrder order);

}  // namespace yubin::deliver
