// Sends what is in the queue to other servers.
//
// A job (some recipients of one message at one destination) is taken from the queue, its hosts are looked up, one of
// them is connected to, and the message goes through an smtp::ClientSession; more jobs for the same destination follow
// on the same connection. Each ends in one batch with the recipients' fates, the journal's entry, and for what failed a
// report to the sender, which is durable before.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "auth/sasl_client.h"
#include "base/clock.h"
#include "base/executor.h"
#include "base/random.h"
#include "deliver/local.h"
#include "deliver/pace.h"
#include "deliver/providers.h"
#include "deliver/remote_hosts.h"
#include "deliver/route_check.h"
#include "deliver/signing.h"
#include "deliver/source_address.h"
#include "deliver/srs.h"
#include "deliver/sts_cache.h"
#include "deliver/tls_reports.h"
#include "directory/directory.h"
#include "dns/resolver.h"
#include "journal/journal.h"
#include "kv/bodies.h"
#include "net/loops.h"
#include "net/task.h"
#include "queue/outgoing.h"
#include "store/store.h"
#include "tls/client_context.h"

namespace yubin::deliver {

// All outlive the loops' tasks.
struct RemoteServices {
  queue::Outgoing& queue;
  dns::Resolver& resolver;
  kv::Bodies const& bodies;
  store::Store& store;
  directory::Directory& directory;
  LocalDelivery& local;
  journal::Journal& journal;
  Executor& pool;  // the storage pool
  Clock const& clock;
  Random& random;
  std::string host_name;
  std::shared_ptr<tls::ClientContext const> tls;
  StsCache* sts = nullptr;  // none: nobody's policy is looked for
  TlsReports* reports = nullptr;
  Signing* signing = nullptr;   // none: nothing is signed
  std::string report_domain{};  // ours, in the From of reports to senders; empty: the host's name
  Srs const* srs = nullptr;
  // What RemoteDelivery goes by just now: a connection that was made by other options takes no more mail.
  std::shared_ptr<std::atomic<RemoteOptions const*>> in_force =
      std::make_shared<std::atomic<RemoteOptions const*>>(nullptr);
};

// Whether the server that took the message has also taken over to report on it (RFC 3461 section 5.2.2).
enum class PeerReports { no, yes };

// What became of the job's recipients is written, and the sender hears of what failed, before it is forgotten here; of
// what is deferred for long, once; and, where asked for, of what a server took that sends no reports. The error has
// been logged; the recipients are due again.
net::Task<Result<>> settle_job(RemoteServices const& services, queue::Job job, std::vector<smtp::Outcome> outcomes,
                               queue::Reached reached, Way way, PeerReports peer_reports = PeerReports::no);

class RemoteDelivery {
 public:
  RemoteDelivery(RemoteServices services, RemoteOptions options, net::Loops& loops);
  ~RemoteDelivery();  // stop(); the loops' tasks have ended
  RemoteDelivery(RemoteDelivery const&) = delete;

  // Takes what is due, as far as connections are free; quick. Any thread. To be called when something became due, and
  // now and then.
  void pump();

  // To what kind of place a job goes.
  enum class Whither {
    there,    // another server
    here,     // mailboxes of ours
    nowhere,  // an administrator has bounced it
  };

  // From now on mail goes these ways; what is on its way ends as it has begun. Any thread.
  void use(std::vector<MailRoute> routes, std::string fallback);

  // Tries a route and tells, on a loop.
  void check(RouteQuestion question, std::move_only_function<void(RouteReport)> done);

  // What an administrator should look after, in sentences. Any thread.
  std::vector<std::string> warnings() const;
  // Nothing is taken any more when this returns. What is on its way ends with the loops.
  void stop();

 private:
  void take_all();
  net::Task<> run(net::Loop& loop, queue::Job job, Whither whither);
  net::Task<> deliver(net::Loop& loop, queue::Job job);
  net::Task<> postpone(queue::Job job, std::chrono::seconds wait, PaceGroup group);
  // A job that could not be handed over.
  struct Left {
    queue::Job job;
    smtp::Outcome outcome;
    queue::Reached reached;
    Way way{};
  };
  std::shared_ptr<RemoteOptions const> options();
  // `options` and `route`, which is one of theirs, outlive the task.
  net::Task<std::optional<Left>> try_route(net::Loop& loop, RemoteOptions const& options, MailRoute const& route,
                                           queue::Job job, Way tried);
  net::Task<std::optional<StsPolicy>> find_sts(net::Loop& loop, MailRoute const& route, std::string destination);

  RemoteServices const services_;
  std::shared_ptr<RemoteOptions const> options_;  // replaced as a whole, with the lock held
  net::Loops& loops_;
  ReverseNames names_;
  Pace pace_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool taking_ = false;
  bool again_ = false;
  bool stopping_ = false;
  std::size_t active_ = 0;
};

}  // namespace yubin::deliver
