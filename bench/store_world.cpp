#include "bench/store_world.h"

namespace yubin::bench {

StoreWorld::StoreWorld(std::filesystem::path const& directory, kv::RocksKeyValue::Options const& rows) {
  std::filesystem::create_directories(directory);
  key_value = check(kv::RocksKeyValue::open(directory / "rows", rows));
  bodies = check(kv::SegmentBodies::open(directory / "bodies", *key_value, ids, {}));
  pool = std::make_unique<kv::StoragePool>(4);
  committer = std::make_unique<kv::Committer>(*key_value, kv::Committer::Options{});
  changer = std::make_unique<kv::Changer>(*key_value, *committer, *pool);
  store = std::make_unique<store::Store>(store::Store::Services{*key_value, *bodies, *changer, clock, ids});
  delivery = std::make_unique<deliver::LocalDelivery>(*store, clock);
  for (unsigned i = 1; i <= kAccounts; ++i) {
    kv::AccountId const account(i);
    auto create = [account](store::Changes& changes) { return changes.create_account(account); };
    check(store->change<void>({account}, Lane::delivery, std::move(create)).wait());
  }
}

}  // namespace yubin::bench
