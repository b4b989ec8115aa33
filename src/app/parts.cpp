#include "app/parts.h"

#include <algorithm>
#include <thread>

namespace yubin::app {

namespace {

constexpr unsigned kStorageThreads = 4;
constexpr std::uint16_t kNode = 1;

}  // namespace

Parts::Parts() : ids(clock, kNode, random.u64()) {}

Result<std::unique_ptr<Parts>> Parts::make(PartsOptions const& options) {
  std::unique_ptr<Parts> parts(new Parts());
  TRY_VOID(parts->open_store(options.directory));
  TRY_VOID(parts->make_rest(options));
  parts->add_upkeep();
  return parts;
}

Parts::~Parts() {
  upkeep.stop();
}

Result<> Parts::open_store(std::filesystem::path const& folder) {
  TRY(key_value, kv::RocksKeyValue::open(folder / "rows", {}));
  TRY(bodies, kv::SegmentBodies::open(folder / "bodies", *key_value, ids, {}));
  pool = std::make_unique<kv::StoragePool>(kStorageThreads);
  committer = std::make_unique<kv::Committer>(*key_value, kv::Committer::Options{});
  changer = std::make_unique<kv::Changer>(*key_value, *committer, *pool);
  collector = std::make_unique<kv::Collector>(*key_value, *committer, *bodies, clock, kv::Collector::Options{});
  store = std::make_unique<store::Store>(store::Store::Services{*key_value, *bodies, *changer, clock, ids});
  return {};
}

Result<> Parts::make_rest(PartsOptions const& options) {
  directory = std::make_unique<directory::Directory>(*key_value, *changer, clock);
  journal = std::make_unique<journal::Journal>(*key_value, *changer, ids);
  unsigned const threads = std::max(1u, std::thread::hardware_concurrency() / 2);
  hashing_pool = std::make_unique<auth::HashingPool>(auth::HashingPool::Options{.threads = threads, .queue = {}});
  TRY(authenticator,
      auth::Authenticator::make(*directory, *pool, *hashing_pool, clock, random, {.scheme = options.password_scheme}));
  delivery = std::make_unique<deliver::LocalDelivery>(*store, *key_value, *journal, ids, clock);
  delivery->on_queued([this] { (void)upkeep.run_soon(kDeliverQueued); });
  auto hash = [this](Secret password, auto done) { authenticator->hash(std::move(password), std::move(done)); };
  api = std::make_unique<api::Api>(api::Services{*directory, *store, *journal, std::move(hash), *key_value, *bodies,
                                                 ids, clock, *pool, options.directory});
  return {};
}

server::Objects Parts::objects() {
  return {clock, *pool, *store, *directory, *journal, *authenticator, *delivery};
}

}  // namespace yubin::app
