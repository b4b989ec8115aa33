// Everything below the services: the store and what is built on it. The one place where these objects are made and
// put together.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <vector>

#include "api/api.h"
#include "auth/authenticator.h"
#include "auth/hashing_pool.h"
#include "backup/service.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/unique_id.h"
#include "base/upkeep.h"
#include "deliver/key_watch.h"
#include "deliver/local.h"
#include "deliver/mail_route.h"
#include "deliver/srs.h"
#include "directory/app_passwords.h"
#include "directory/directory.h"
#include "directory/known_logins.h"
#include "directory/sending_counts.h"
#include "dns/make_resolver.h"
#include "dns/watched_resolver.h"
#include "journal/journal.h"
#include "kv/changer.h"
#include "kv/collector.h"
#include "kv/committer.h"
#include "kv/memory_plan.h"
#include "kv/rocks_key_value.h"
#include "kv/segment_bodies.h"
#include "kv/storage_pool.h"
#include "policy/key_ring.h"
#include "queue/outgoing.h"
#include "server/backup_recipients.h"
#include "server/purge.h"
#include "server/services.h"
#include "store/housekeeping.h"
#include "store/store.h"

namespace yubin::app {

struct PartsOptions {
  std::filesystem::path directory;                // of the store; made if missing
  std::uint64_t memory_max = kv::kDefaultMemory;  // bytes that caches, write buffers and spools are measured by
  kv::SegmentBodies::Options bodies{};
  auth::Authenticator::Options auth{};
  auth::HashingPool::Options hashing{.threads = 0, .queue = {}};  // 0: half of the cores
  journal::Options journal{};
  store::Housekeeping::Options housekeeping{};
  kv::Collector::Options collector{};
  queue::Options queue{};
  std::optional<dns::ResolverSetup> dns{};  // none: no mail goes out, and none is judged
  bool sends_mail = true;                   // mail goes out, if there is DNS
  policy::SigningOptions signing{};
  std::vector<deliver::MailRoute> routes{};    // of which some hold mail
  std::vector<std::filesystem::path> files{};  // configuration, certificates, keys: what a backup takes along
  std::filesystem::path backups{};             // all backups are below it; empty: anywhere
};

// Members stand in the order of being made: each may use those above it, and is gone before them. Starts threads.
class Parts {
 public:
  // `runtime` is what the API says of the server itself; it outlives this. The error is one sentence for people.
  static Result<std::unique_ptr<Parts>> make(PartsOptions const& options, api::Runtime& runtime);
  Parts(Parts const&) = delete;
  Parts& operator=(Parts const&) = delete;
  ~Parts();

  server::Objects objects();
  // Which mail waits until somebody releases it, from now on. Any thread.
  void hold_by(std::vector<deliver::MailRoute> routes);
  // Blocks; for filling a new store before anything is served.
  Result<std::string> hash_password(Secret password);

  SystemClock clock;
  SystemRandom random;
  UniqueIds ids;
  Upkeep upkeep{clock};      // started by who takes connections; stops before what its jobs use is gone
  Upkeep dns_upkeep{clock};  // the same for jobs that wait for the DNS, and would hold up the others
  std::unique_ptr<kv::RocksKeyValue> key_value;
  std::unique_ptr<kv::StoragePool> pool;
  std::unique_ptr<kv::SegmentBodies> bodies;
  std::unique_ptr<kv::Committer> committer;
  std::unique_ptr<kv::Changer> changer;
  std::unique_ptr<kv::Collector> collector;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<store::Housekeeping> housekeeping;
  std::unique_ptr<directory::Directory> directory;
  std::unique_ptr<directory::AppPasswords> app_passwords;
  std::unique_ptr<directory::KnownLogins> known_logins;
  std::unique_ptr<directory::SendingCounts> sending_counts;
  std::unique_ptr<directory::SigningKeys> signing_keys;
  std::unique_ptr<policy::KeyRing> key_ring;
  std::unique_ptr<server::Purge> purge;
  std::unique_ptr<journal::Journal> journal;
  std::unique_ptr<auth::HashingPool> hashing_pool;
  std::unique_ptr<auth::Authenticator> authenticator;
  std::unique_ptr<deliver::LocalDelivery> delivery;
  std::unique_ptr<deliver::Srs> srs;
  std::unique_ptr<server::BackupRecipients> backup_recipients;
  std::unique_ptr<dns::WatchedResolver> resolver;  // only with DNS
  std::unique_ptr<deliver::KeyWatch> key_watch;
  std::atomic<std::shared_ptr<std::vector<deliver::MailRoute> const>> routes;  // of which some hold mail
  std::unique_ptr<queue::Outgoing> outgoing;                                   // only if mail goes out
  std::unique_ptr<backup::Service> backups;
  std::unique_ptr<api::Api> api;

 private:
  Parts();
  Result<> open_store(PartsOptions const& options);
  Result<> make_rest(PartsOptions const& options, api::Runtime& runtime);
  void add_upkeep();
  Result<> make_outgoing(PartsOptions const& options);
  Result<store::Quota> quota_of(kv::AccountId account) const;

  static constexpr std::string_view kDeliverQueued = "deliver.queued";
  static constexpr std::string_view kDkimKeys = "dkim.keys";
};

}  // namespace yubin::app
