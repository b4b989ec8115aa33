// A whole store for tests: everything from the clock to the changer, over an engine that is given or in memory.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/executor.h"
#include "base/unique_id.h"
#include "kv/changer.h"
#include "kv/committer.h"
#include "kv/memory_key_value.h"
#include "store/store.h"
#include "store/verify.h"

namespace yubin::store {

// Bodies in a map. Any thread.
class MapBodies final : public kv::Bodies {
 public:
  explicit MapBodies(UniqueIds& ids) : ids_(ids) {}

  Result<std::unique_ptr<kv::BodyWriter>> begin() override { return std::make_unique<Writer>(*this); }

  Result<std::string> read(kv::BodyId id, std::uint64_t offset, std::size_t length) const override {
    std::scoped_lock const lock(mutex_);
    auto body = bodies_.find(id);
    if (body == bodies_.end()) return fail(Errc::not_found, "no such body");
    if (offset >= body->second.size()) return std::string();
    return body->second.substr(offset, length);
  }

  // Half of them are small, so that both ways are gone.
  Result<std::vector<std::optional<std::string>>> read_small(std::span<kv::BodyId const> ids) const override {
    std::vector<std::optional<std::string>> small(ids.size());
    std::scoped_lock const lock(mutex_);
    for (std::size_t i = 0; i < ids.size(); ++i) {
      auto body = bodies_.find(ids[i]);
      if (body != bodies_.end() && body->second.size() % 2 == 0) small[i] = body->second;
    }
    return small;
  }

  Result<> drop(kv::BodyId id) override {
    std::scoped_lock const lock(mutex_);
    bodies_.erase(id);
    return {};
  }

 private:
  class Writer final : public kv::BodyWriter {
   public:
    explicit Writer(MapBodies& bodies) : bodies_(bodies) {}
    Result<> append(std::string_view bytes) override {
      bytes_ += bytes;
      return {};
    }
    std::uint64_t size() const override { return bytes_.size(); }
    kv::Ticket<kv::SealedBody> seal() override {
      kv::BodyId const id = bodies_.ids_.next();
      std::uint64_t const size = bytes_.size();
      std::scoped_lock const lock(bodies_.mutex_);
      bodies_.bodies_[id] = std::move(bytes_);
      return kv::Ticket<kv::SealedBody>::done_with(kv::SealedBody{{id, size}, "a place"});
    }

   private:
    MapBodies& bodies_;
    std::string bytes_;
  };

  UniqueIds& ids_;
  mutable std::mutex mutex_;
  std::map<kv::BodyId, std::string> bodies_;
};

class TestWorld {
 public:
  TestWorld() : TestWorld(nullptr, nullptr) {}
  // `engine` and `pool` outlive this; none: one in memory, and everything runs at once on the caller's thread.
  explicit TestWorld(kv::KeyValue* engine, Executor* pool = nullptr)
      : engine(engine != nullptr ? *engine : memory),
        committer(this->engine, kv::Committer::Options{}),
        changer(this->engine, committer, pool != nullptr ? *pool : inline_pool),
        store({this->engine, bodies, changer, clock, ids}) {}

  // Runs fn(Changes&) on the accounts and waits until it is committed.
  template <class T, class Fn>
  Result<T> change(std::vector<AccountId> accounts, Fn fn) {
    return store.change<T>(std::move(accounts), Lane::delivery, std::move(fn)).wait();
  }

  kv::SealedBody body(std::string_view bytes) {
    auto writer = store.begin_body().value();
    EXPECT_TRUE(writer->append(bytes).has_value());
    return writer->seal().wait().value();
  }

  NewMessage message(std::string_view bytes, SystemFlags flags = {}) {
    NewMessage message;
    message.prefix = "Return-Path: <>\r\n";
    message.body = body(bytes);
    message.summary = "summary";
    message.flags = flags;
    message.internal_date = 1'700'000'000;
    message.internal_zone = 540;
    return message;
  }

  void create_account(AccountId account) {
    auto created = change<int>({account}, [=](Changes& changes) -> Result<int> {
      TRY_VOID(changes.create_account(account));
      return 0;
    });
    ASSERT_TRUE(created.has_value()) << created.error().detail;
  }

  MailboxId mailbox(AccountId account, std::string_view name) {
    return store.find_mailbox(account, MailboxName::parse(name).value()).value().value().id;
  }

  Result<Appended> append(AccountId account, MailboxId mailbox, NewMessage const& message) {
    return change<Appended>({account}, [=](Changes& changes) { return changes.append(account, mailbox, message); });
  }

  // Nothing is wrong with any row.
  void expect_sound() { EXPECT_EQ(verify(engine).value(), std::vector<std::string>{}); }

  // Worlds follow each other on one engine with clocks that show the same, so each is a node of its own.
  static std::uint16_t next_node() {
    static std::atomic<std::uint16_t> node = 0;
    return ++node;
  }

  ManualClock clock{WallTime(std::chrono::seconds(1'700'000'000))};
  UniqueIds ids{clock, next_node(), 0};
  kv::MemoryKeyValue memory;
  kv::KeyValue& engine;
  InlineExecutor inline_pool;
  MapBodies bodies{ids};
  kv::Committer committer;
  kv::Changer changer;
  Store store;
};

inline MailboxName name_of(std::string_view text) {
  return MailboxName::parse(text).value();
}

inline constexpr UidRange kAllUids{};

}  // namespace yubin::store
