#include "cli/store_access.h"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>

#include "api/store_json.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/unique_id.h"
#include "cli/call.h"
#include "kv/changer.h"
#include "kv/committer.h"
#include "kv/rocks_key_value.h"
#include "kv/segment_bodies.h"
#include "store/repair.h"
#include "store/stat.h"
#include "store/verification.h"

namespace yubin::cli {

namespace {

namespace json = boost::json;

constexpr std::uint16_t kNode = 1;
constexpr std::chrono::milliseconds kPortion{500};  // then what was found is shown

class RunningStore final : public StoreAccess {
 public:
  explicit RunningStore(Context const& context) : context_(context) {}
  Result<json::object> stat() override { return ask(context_, "GET", "/api/v1/store", nullptr); }
  Result<json::object> verify(std::string const& position, bool quick) override {
    json::object const body{{"position", position}, {"quick", quick}};
    return ask(context_, "POST", "/api/v1/store/verify", &body);
  }
  Result<json::object> repair(json::object const& damaged) override {
    return ask(context_, "POST", "/api/v1/store/repair", &damaged);
  }

 private:
  Context const& context_;
};

class FolderStore final : public StoreAccess {
 public:
  Result<> open(std::filesystem::path const& directory) {
    directory_ = directory;
    TRY(rows_, kv::RocksKeyValue::open(directory / "rows", {}));
    TRY(bodies_, kv::SegmentBodies::open(directory / "bodies", *rows_, ids_, {}));
    committer_ = std::make_unique<kv::Committer>(*rows_, kv::Committer::Options{});
    changer_ = std::make_unique<kv::Changer>(*rows_, *committer_, here_);
    return {};
  }

  Result<json::object> stat() override {
    TRY(store::Stat stat, store::stat(*rows_, directory_));
    return api::to_json(stat);
  }

  Result<json::object> verify(std::string const& position, bool quick) override {
    auto const depth = quick ? store::VerifyDepth::rows : store::VerifyDepth::bodies;
    TRY(auto verification, store::Verification::from(*rows_, *bodies_, depth, position));
    SteadyTime const until = clock_.steady() + kPortion;
    do {
      verification.step();
    } while (!verification.done() && (!verification.can_stop() || clock_.steady() < until));
    return api::to_json(verification.take());
  }

  Result<json::object> repair(json::object const& damaged) override {
    TRY(api::RepairRequest request, api::parse_repair_request(json::serialize(damaged)));
    std::int64_t const now = std::chrono::floor<std::chrono::seconds>(clock_.now()).time_since_epoch().count();
    auto mend = [&](kv::Changes& changes) {
      return store::repair_account(changes, *bodies_, ids_, request.account, now, request.references);
    };
    TRY(std::vector<std::string> done,
        changer_->change<std::vector<std::string>>({request.account}, Lane::reading, mend).wait());
    return api::repaired_json(done);
  }

 private:
  std::filesystem::path directory_;
  SystemClock clock_;
  SystemRandom random_;
  UniqueIds ids_{clock_, kNode, random_.u64()};
  InlineExecutor here_;
  std::unique_ptr<kv::RocksKeyValue> rows_;
  std::unique_ptr<kv::SegmentBodies> bodies_;
  std::unique_ptr<kv::Committer> committer_;
  std::unique_ptr<kv::Changer> changer_;
};

}  // namespace

std::unique_ptr<StoreAccess> running_store(Context const& context) {
  return std::make_unique<RunningStore>(context);
}

Result<std::unique_ptr<StoreAccess>> open_store(std::filesystem::path const& directory) {
  std::error_code error;
  if (!std::filesystem::is_directory(directory / "rows", error)) {
    return fail(Errc::not_found, fmt::format("{} holds no store: there is no folder {}", directory.string(),
                                             (directory / "rows").string()));
  }
  auto store = std::make_unique<FolderStore>();
  TRY_VOID(store->open(directory));
  return store;
}

}  // namespace yubin::cli
