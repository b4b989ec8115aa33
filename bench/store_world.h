// The store with its real engines, as the server puts it together, without sockets.
#pragma once

#include <filesystem>
#include <memory>

#include "base/clock.h"
#include "base/random.h"
#include "base/unique_id.h"
#include "deliver/local.h"
#include "kv/changer.h"
#include "kv/committer.h"
#include "kv/rocks_key_value.h"
#include "kv/segment_bodies.h"
#include "kv/storage_pool.h"
#include "store/store.h"

namespace yubin::bench {

// Members stand in the order of being made; each may use those above it. Throws std::runtime_error with the sentence.
class StoreWorld {
 public:
  static constexpr unsigned kAccounts = 16;  // 1 to 16, each with the mailboxes of a new account

  explicit StoreWorld(std::filesystem::path const& directory, kv::RocksKeyValue::Options const& rows = {});

  SystemClock clock;
  SystemRandom random;
  UniqueIds ids{clock, 1, random.u64()};
  std::unique_ptr<kv::RocksKeyValue> key_value;
  std::unique_ptr<kv::StoragePool> pool;
  std::unique_ptr<kv::SegmentBodies> bodies;
  std::unique_ptr<kv::Committer> committer;
  std::unique_ptr<kv::Changer> changer;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<deliver::LocalDelivery> delivery;
};

inline void check(Result<> const& result) {
  if (!result) throw std::runtime_error(result.error().detail);
}
template <class T>
T check(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().detail);
  return *std::move(result);
}

}  // namespace yubin::bench
