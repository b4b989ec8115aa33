// A store in memory with two accounts, hanako@example.test and taro@example.test, password "secret", and the mailboxes
// that a new account has. For tests and fuzz targets of the sessions that read the store.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "kv/changer.h"
#include "kv/committer.h"
#include "kv/faulty_bodies.h"
#include "kv/memory_bodies.h"
#include "kv/memory_key_value.h"
#include "store/store.h"
#include "tests/kit/gated_key_value.h"

namespace yubin::kit {

class MemoryStore {
 public:
  MemoryStore() {
    create_account(store::AccountId(1));
    create_account(store::AccountId(2));
  }

  // Who this is; none: no such user, or another password.
  static std::optional<store::AccountId> find_account(std::string_view user, std::string_view password) {
    static std::map<std::string, std::uint64_t, std::less<>> const accounts = {{"hanako@example.test", 1},
                                                                               {"taro@example.test", 2}};
    auto account = accounts.find(user);
    if (account == accounts.end() || password != "secret") return std::nullopt;
    return store::AccountId(account->second);
  }

  ManualClock clock{WallTime(std::chrono::seconds(1'706'000'000))};
  UniqueIds ids{clock, 1, 0};
  kv::MemoryKeyValue rows;
  GatedKeyValue gate{rows};  // before what is committed
  kv::MemoryBodies bodies;
  kv::Faults body_faults;
  kv::FaultyBodies faulty_bodies{bodies, body_faults};
  InlineExecutor pool;
  kv::Committer committer{gate, kv::Committer::Options{}};
  kv::Changer changer{rows, committer, pool};
  store::Quota quota;  // of each account
  store::Store store{{rows, faulty_bodies, changer, clock, ids, [this](store::AccountId) { return quota; }}};

 private:
  void create_account(store::AccountId account) {
    auto create = [account](store::Changes& changes) { return changes.create_account(account); };
    YUBIN_ASSERT(store.change<void>({account}, Lane::reading, create).wait().has_value());
  }
};

}  // namespace yubin::kit
