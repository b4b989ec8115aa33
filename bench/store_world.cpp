#include "bench/store_world.h"

namespace yubin::bench {

StoreWorld::StoreWorld(std::filesystem::path const& directory, std::uint64_t memory_max)
    : parts_(check(app::Parts::make({.directory = directory, .memory_max = memory_max}, runtime_))) {
  for (unsigned i = 1; i <= kAccounts; ++i) {
    kv::AccountId const account(i);
    auto create = [account](store::Changes& changes) { return changes.create_account(account); };
    check(parts_->store->change<void>({account}, Lane::delivery, std::move(create)).wait());
  }
  parts_->upkeep.start();
}

}  // namespace yubin::bench
