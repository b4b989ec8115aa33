// Mail of others that could not be brought on and whose senders nobody may write to (docs/decisions/0022): it stays in
// the queue for a while, the postmaster hears of it, and then it is given up for good.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "deliver/local.h"
#include "deliver/report_sender.h"
#include "directory/directory.h"
#include "journal/journal.h"
#include "kv/committer.h"
#include "kv/key_value.h"
#include "mime/address.h"
#include "queue/kept_row.h"
#include "queue/outgoing.h"
#include "store/store.h"

namespace yubin::deliver {

struct KeptOptions {
  std::chrono::seconds keep = std::chrono::days(14);
  std::size_t most = 10'000;                               // recipients; of more the oldest are given up earlier
  std::chrono::seconds tell_every = std::chrono::days(1);  // a postmaster, and only of something new
};

class KeptMail {
 public:
  // All outlive this.
  struct Services {
    queue::Outgoing& queue;
    kv::KeyValue const& key_value;
    kv::Committer& committer;
    store::Store& store;
    directory::Directory const& directory;
    LocalDelivery& local;
    journal::Journal& journal;
    Clock const& clock;
    std::string host_name;
    mime::Domain domain;  // whose postmaster hears of what belongs to no domain of ours
  };
  KeptMail(Services services, KeptOptions options);

  // A job of upkeep: gives up what is too old, in the journal too, and writes to the postmasters. A crash between a
  // letter and the note that it is written makes a second letter. Blocks.
  Result<> look_after();
  // For `yubin status`; none: nothing is kept. Reads the store; any thread.
  std::optional<std::string> warning() const;

 private:
  struct Item {
    UniqueId id;
    queue::MessageRow message;
    queue::RecipientRow recipient;
  };
  Result<std::vector<queue::KeptKey>> all() const;
  Result<> give_up(queue::KeptKey const& key);
  Result<> tell(std::vector<queue::KeptKey> const& keys);
  Result<std::optional<Item>> item(queue::KeptKey const& key) const;
  Result<mime::Domain> domain_of(queue::RecipientRow const& recipient) const;
  std::string text_of(std::vector<Item> const& items) const;
  Result<> write_to(mime::Domain const& domain, std::vector<Item> const& items);
  std::int64_t now() const;

  Services const services_;
  KeptOptions const options_;
  ReportSender const sender_;
};

}  // namespace yubin::deliver
