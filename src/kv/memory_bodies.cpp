#include "kv/memory_bodies.h"

#include <fmt/format.h>

#include <map>
#include <mutex>

#include "base/assert.h"

namespace yubin::kv {

struct MemoryBodies::State {
  std::mutex mutex;
  std::map<BodyId, std::string> bodies;
  std::uint64_t last_id = 0;
};

class MemoryBodies::Writer final : public BodyWriter {
 public:
  explicit Writer(std::shared_ptr<State> state) : state_(std::move(state)) {}

  Result<> append(std::string_view bytes) override {
    YUBIN_ASSERT(!sealed_);
    bytes_.append(bytes);
    size_ += bytes.size();
    return {};
  }
  std::uint64_t size() const override { return size_; }
  Ticket<SealedBody> seal() override {
    YUBIN_ASSERT(!sealed_);
    sealed_ = true;
    std::lock_guard lock(state_->mutex);
    BodyId const id(0, ++state_->last_id);
    state_->bodies.emplace(id, std::move(bytes_));
    return Ticket<SealedBody>::done_with(SealedBody{{id, size_}, "in memory"});
  }

 private:
  std::shared_ptr<State> state_;
  std::string bytes_;
  std::uint64_t size_ = 0;
  bool sealed_ = false;
};

MemoryBodies::MemoryBodies() : state_(std::make_shared<State>()) {}
MemoryBodies::~MemoryBodies() = default;

Result<std::unique_ptr<BodyWriter>> MemoryBodies::begin() {
  return std::make_unique<Writer>(state_);
}

Result<std::string> MemoryBodies::read(BodyId id, std::uint64_t offset, std::size_t length) const {
  std::lock_guard lock(state_->mutex);
  auto const body = state_->bodies.find(id);
  if (body == state_->bodies.end()) return fail(Errc::not_found, fmt::format("no body {}", id.text()));
  if (offset >= body->second.size()) return std::string();
  return body->second.substr(offset, length);
}

Result<> MemoryBodies::drop(BodyId id) {
  std::lock_guard lock(state_->mutex);
  state_->bodies.erase(id);
  return {};
}

std::size_t MemoryBodies::count() const {
  std::lock_guard lock(state_->mutex);
  return state_->bodies.size();
}

}  // namespace yubin::kv
