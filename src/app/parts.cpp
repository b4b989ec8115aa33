#include "app/parts.h"

#include <algorithm>
#include <thread>

#include "app/login_key.h"
#include "app/signing_key.h"
#include "kv/body_refs.h"
#include "store/format.h"
#include "store/held_body.h"

namespace yubin::app {

namespace {

constexpr unsigned kStorageThreads = 4;
constexpr std::uint16_t kNode = 1;

}  // namespace

Parts::Parts() : ids(clock, kNode, random.u64()) {}

Result<std::unique_ptr<Parts>> Parts::make(PartsOptions const& options, api::Runtime& runtime) {
  std::unique_ptr<Parts> parts(new Parts());
  TRY_VOID(parts->open_store(options));
  TRY_VOID(parts->make_rest(options, runtime));
  parts->add_upkeep();
  return parts;
}

Parts::~Parts() {
  upkeep.stop();
  dns_upkeep.stop();
}

Result<> Parts::open_store(PartsOptions const& options) {
  std::filesystem::path const& folder = options.directory;
  kv::MemoryPlan const plan = kv::plan_memory(options.memory_max);
  kv::SegmentBodies::Options bodies_options = options.bodies;
  bodies_options.spool_memory = plan.spool_memory;
  bodies_options.max_open_bodies = plan.max_open_bodies;
  TRY(key_value, kv::RocksKeyValue::open(folder / "rows", kv::key_value_options(plan)));
  TRY_VOID(store::claim_format(*key_value));
  TRY(bodies, kv::SegmentBodies::open(folder / "bodies", *key_value, ids, bodies_options));
  pool = std::make_unique<kv::StoragePool>(kStorageThreads);
  committer = std::make_unique<kv::Committer>(*key_value, kv::Committer::Options{});
  changer = std::make_unique<kv::Changer>(*key_value, *committer, *pool);
  collector = std::make_unique<kv::Collector>(*key_value, *committer, *bodies, clock, options.collector);
  store = std::make_unique<store::Store>(store::Store::Services{
      *key_value, *bodies, *changer, clock, ids, [this](kv::AccountId account) { return quota_of(account); }});
  housekeeping = std::make_unique<store::Housekeeping>(*key_value, *store, clock, options.housekeeping);
  return {};
}

// The directory is made after the store, which asks it within changes.
Result<store::Quota> Parts::quota_of(kv::AccountId account) const {
  TRY(directory::Quota quota, directory->quota(account));
  return store::Quota{.messages = quota.messages, .bytes = quota.bytes};
}

Result<> Parts::make_rest(PartsOptions const& options, api::Runtime& runtime) {
  directory = std::make_unique<directory::Directory>(*key_value, *changer, clock);
  app_passwords = std::make_unique<directory::AppPasswords>(*key_value, *changer, clock);
  known_logins = std::make_unique<directory::KnownLogins>(
      *key_value, *changer, clock,
      directory::KnownLogins::Keep{.checks = options.auth.remember_check, .networks = options.auth.know_network});
  sending_counts = std::make_unique<directory::SendingCounts>(*key_value, *changer, clock);
  TRY_VOID(sending_counts->open());
  signing_keys = std::make_unique<directory::SigningKeys>(*key_value, *changer);
  key_ring = std::make_unique<policy::KeyRing>(policy::KeyRing::Services{*signing_keys, *directory, random, clock},
                                               signing_key(options.directory, random), options.signing);
  purge = std::make_unique<server::Purge>(*directory, *store, clock);
  journal = std::make_unique<journal::Journal>(journal::Journal::Services{*key_value, *changer, *committer, ids, clock},
                                               options.journal);
  auth::HashingPool::Options hashing = options.hashing;
  if (hashing.threads == 0) hashing.threads = std::max(1u, std::thread::hardware_concurrency() / 2);
  hashing_pool = std::make_unique<auth::HashingPool>(hashing);
  auth::Authenticator::Services const services{*directory,    *app_passwords, *known_logins, *pool,
                                               *hashing_pool, clock,          random};
  TRY(authenticator, auth::Authenticator::make(services, login_key(options.directory, random), options.auth));
  delivery = std::make_unique<deliver::LocalDelivery>(*store, *key_value, *journal, ids, clock);
  TRY(std::string secret, directory->server_secret(random.token(40)).wait());
  srs = std::make_unique<deliver::Srs>(std::move(secret));
  backup_recipients = std::make_unique<server::BackupRecipients>(*key_value, *changer, *pool, clock);
  delivery->on_queued([this] {
    (void)upkeep.run_soon(kDeliverQueued);
    (void)upkeep.run_soon("own_mail.read");
  });
  if (options.dns) {
    TRY(auto made, dns::make_resolver(*options.dns));
    resolver = std::make_unique<dns::WatchedResolver>(std::move(made), clock);
  }
  key_watch = std::make_unique<deliver::KeyWatch>(
      deliver::KeyWatch::Services{*key_ring, *directory, resolver.get(), *pool, clock});
  if (options.dns && options.sends_mail) TRY_VOID(make_outgoing(options));
  auto hash = [this](Secret password, auto done) { authenticator->hash(std::move(password), std::move(done)); };
  auto check = [this](auth::Attempt attempt, auto done) { authenticator->login(std::move(attempt), std::move(done)); };
  backups =
      std::make_unique<backup::Service>(backup::Service::Services{*key_value, *bodies, *store, *directory, ids, clock},
                                        backup::Service::Options{options.directory, options.files, options.backups});
  api = std::make_unique<api::Api>(api::Services{
      *directory, *app_passwords, *store, *journal, std::move(hash), std::move(check), random, *key_value, *bodies, ids,
      clock, *pool, options.directory, [this] { upkeep.run_soon("accounts.purge"); }, runtime, backups.get()});
  return {};
}

Result<> Parts::make_outgoing(PartsOptions const& options) {
  auto release = [this](kv::Changes& changes, kv::BodyRef const& body) {
    changes.erase_blind(kv::Table::body_ref, store::held_body_key(body.id, deliver::kOutgoingUse).encode());
    kv::list_unused(changes, ids, {&body.id, 1});
  };
  hold_by(options.routes);
  auto holds = [this](std::string_view destination, smtp::ReversePath const& sender) {
    return deliver::is_held(*routes.load(), destination, sender);
  };
  outgoing = std::make_unique<queue::Outgoing>(
      queue::Outgoing::Services{*key_value, *changer, *journal, clock, random, std::move(release), std::move(holds)},
      options.queue);
  TRY_VOID(outgoing->open());
  delivery->send_through(*outgoing);
  return {};
}

void Parts::hold_by(std::vector<deliver::MailRoute> next) {
  routes = std::make_shared<std::vector<deliver::MailRoute> const>(std::move(next));
}

Result<std::string> Parts::hash_password(Secret password) {
  kv::Ticket<std::string> const ticket = kv::Ticket<std::string>::make();
  authenticator->hash(std::move(password), [ticket](Result<std::string> hash) { ticket.finish(std::move(hash)); });
  return ticket.wait();
}

server::Objects Parts::objects() {
  return {clock,
          *pool,
          *store,
          *directory,
          *journal,
          *authenticator,
          *delivery,
          resolver.get(),
          sending_counts.get(),
          srs.get(),
          backup_recipients.get()};
}

}  // namespace yubin::app
