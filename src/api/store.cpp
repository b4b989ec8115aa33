// The store as a whole: how much it holds, whether it is sound, mending.
#include "api/api.h"
#include "api/json.h"
#include "api/store_json.h"
#include "store/repair.h"
#include "store/verification.h"

namespace yubin::api {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kTurn{5};       // of the storage pool; then others
constexpr milliseconds kPortion{500};  // of one answer; the caller asks for the next

struct VerifyRequest {
  std::string position;
  store::VerifyDepth depth = store::VerifyDepth::bodies;
};

Result<VerifyRequest> parse_verify_request(std::string_view body) {
  TRY(boost::json::object object, parse_object(body, {"position", "quick"}));
  VerifyRequest request;
  TRY(std::optional<std::string> position, find_text(object, "position"));
  TRY(std::optional<bool> quick, find_bool(object, "quick"));
  request.position = position.value_or("");
  if (quick.value_or(false)) request.depth = store::VerifyDepth::rows;
  return request;
}

}  // namespace

struct Api::Verifying {
  store::Verification verification;
  SteadyTime until;
  Reply reply;
};

void Api::show_store(Call, Reply reply) {
  Result<store::Stat> stat = store::stat(services_.rows, services_.store_directory);
  reply(stat ? json_response(200, to_json(*stat)) : error_response(stat.error()));
}

void Api::verify_store(Call call, Reply reply) {
  Result<VerifyRequest> request = parse_verify_request(call.body);
  if (!request) return reply(error_response(request.error()));
  auto from = store::Verification::from(services_.rows, services_.bodies, request->depth, request->position);
  if (!from) return reply(error_response(from.error()));
  SteadyTime const until = services_.clock.steady() + kPortion;
  go_on_verifying(std::make_shared<Verifying>(*std::move(from), until, std::move(reply)));
}

void Api::go_on_verifying(std::shared_ptr<Verifying> const& work) {
  store::Verification& verification = work->verification;
  SteadyTime const turn = services_.clock.steady() + kTurn;
  while (!verification.done() && services_.clock.steady() < turn) {
    verification.step();
    if (verification.can_stop() && services_.clock.steady() >= work->until) break;
  }
  bool const enough = verification.can_stop() && services_.clock.steady() >= work->until;
  if (verification.done() || enough) return work->reply(json_response(200, to_json(verification.take())));
  services_.pool.post(Lane::reading, [this, work] { go_on_verifying(work); });
}

void Api::repair_account(Call call, Reply reply) {
  Result<RepairRequest> request = parse_repair_request(call.body);
  if (!request) return reply(error_response(request.error()));
  store::AccountId const account = request->account;
  std::int64_t const now = seconds_now();
  auto mend = [this, request = *std::move(request), now](store::Changes& changes) {
    return store::repair_account(changes.kv(), services_.bodies, services_.ids, request.account, now,
                                 request.references);
  };
  auto ticket = services_.store.change<std::vector<std::string>>({account}, Lane::reading, std::move(mend));
  finish(ticket, "", std::move(call), std::move(reply), [account](std::vector<std::string> const& done) {
    return Changed{"store repaired: account " + std::to_string(account.value()),
                   json_response(200, repaired_json(done))};
  });
}

}  // namespace yubin::api
