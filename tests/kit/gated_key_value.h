// GatedKeyValue: an engine whose writes wait at a gate, as on a disk that stalls; reads pass. The test opens the gate.
#pragma once

#include <condition_variable>
#include <mutex>

#include "kv/key_value.h"

namespace yubin::kit {

class GatedKeyValue final : public kv::KeyValue {
 public:
  explicit GatedKeyValue(kv::KeyValue& inner) : inner_(inner) {}

  void close() { set(true); }
  void open() { set(false); }
  // Blocks until a write stands at the closed gate.
  void wait_for_write() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_; });
  }

  Result<std::optional<std::string>> get(kv::Table table, std::string_view key) const override {
    return inner_.get(table, key);
  }
  Result<std::vector<std::optional<std::string>>> multi_get(kv::Table table,
                                                            std::span<std::string const> keys) const override {
    return inner_.multi_get(table, keys);
  }
  Result<kv::Page> scan(kv::Table table, kv::Range const& range, kv::Limit limit) const override {
    return inner_.scan(table, range, limit);
  }
  Result<std::vector<Result<>>> write(std::span<kv::Batch const* const> batches) override {
    {
      std::unique_lock lock(mutex_);
      waiting_ = closed_;
      changed_.notify_all();
      changed_.wait(lock, [&] { return !closed_; });
      waiting_ = false;
    }
    return inner_.write(batches);
  }

 private:
  void set(bool closed) {
    std::lock_guard lock(mutex_);
    closed_ = closed;
    changed_.notify_all();
  }

  kv::KeyValue& inner_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool closed_ = false;
  bool waiting_ = false;
};

}  // namespace yubin::kit
