#include "kv/faulty_bodies.h"

namespace yubin::kv {

namespace {

class FaultyWriter final : public BodyWriter {
 public:
  FaultyWriter(std::unique_ptr<BodyWriter> inner, Faults& faults) : inner_(std::move(inner)), faults_(faults) {}

  Result<> append(std::string_view bytes) override {
    return with_faults(faults_, [&] { return inner_->append(bytes); });
  }
  std::uint64_t size() const override { return inner_->size(); }
  Ticket<SealedBody> seal() override {
    auto const fault = faults_.next_call();
    if (!fault) return inner_->seal();
    if (*fault == FaultMode::done_but_failed) (void)inner_->seal();  // a body that nobody will ever place
    return Ticket<SealedBody>::failed(faults_.error());
  }

 private:
  std::unique_ptr<BodyWriter> inner_;
  Faults& faults_;
};

}  // namespace

Result<std::unique_ptr<BodyWriter>> FaultyBodies::begin() {
  auto inner = with_faults(faults_, [&] { return inner_.begin(); });
  if (!inner) return inner;
  return std::make_unique<FaultyWriter>(std::move(*inner), faults_);
}

Result<std::string> FaultyBodies::read(BodyId id, std::uint64_t offset, std::size_t length) const {
  return with_faults(faults_, [&] { return inner_.read(id, offset, length); });
}

Result<std::vector<std::optional<std::string>>> FaultyBodies::read_small(std::span<BodyId const> ids) const {
  return with_faults(faults_, [&] { return inner_.read_small(ids); });
}

Result<> FaultyBodies::drop(BodyId id) {
  return with_faults(faults_, [&] { return inner_.drop(id); });
}

}  // namespace yubin::kv
