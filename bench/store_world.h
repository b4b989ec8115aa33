// The store as the server puts it together (app::Parts), without sockets.
#pragma once

#include <filesystem>
#include <memory>
#include <stdexcept>

#include "api/runtime.h"
#include "app/parts.h"

namespace yubin::bench {

inline void check(Result<> const& result) {
  if (!result) throw std::runtime_error(result.error().detail);
}
template <class T>
T check(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().detail);
  return *std::move(result);
}

// Throws std::runtime_error with the sentence. The server's own jobs (collector, rewriting, indexing of the journal)
// run beside the measurement, as they do in production.
class StoreWorld {
 public:
  static constexpr unsigned kAccounts = 16;  // 1 to 16, each with the mailboxes of a new account

  explicit StoreWorld(std::filesystem::path const& directory, std::uint64_t memory_max = kv::kDefaultMemory);

  app::Parts* operator->() const { return parts_.get(); }

 private:
  api::NoRuntime runtime_;
  std::unique_ptr<app::Parts> parts_;
};

}  // namespace yubin::bench
