#include "store/threads.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "mime/summary.h"
#include "mime/thread.h"
#include "store/keys.h"
#include "store/records.h"

namespace yubin::store {

namespace {

constexpr std::int64_t kDay = 86'400;       // seconds
constexpr std::uint32_t kFreshEnough = 30;  // days; a row that is younger is not written again

struct Known {
  std::string row;  // its key
  std::optional<ThreadRecord> record;
};

Result<std::vector<Known>> look_up(kv::Changes const& changes, AccountId account,
                                   std::vector<std::uint64_t> const& keys) {
  std::vector<Known> known;
  for (std::uint64_t key : keys) {
    if (known.size() == mime::kMaxThreadKeys) break;
    Known one{ThreadKey{account, key}.encode(), {}};
    TRY(std::optional<std::string> value, changes.get(kv::Table::mail, one.row));
    // One that cannot be read is written anew: no reason to refuse mail.
    if (Result<ThreadRecord> record = decode_thread(value.value_or("")); record) one.record = *record;
    known.push_back(std::move(one));
  }
  return known;
}

}  // namespace

Result<> join_thread(kv::Changes& changes, AccountId account, std::string_view summary, std::int64_t now,
                     MessageState& state) {
  state.other_thread.reset();
  Result<std::vector<std::uint64_t>> const keys = mime::decode_thread(summary);
  if (!keys) return {};
  TRY(std::vector<Known> known, look_up(changes, account, *keys));
  auto const first = std::ranges::find_if(known, [](Known const& one) { return one.record.has_value(); });
  ThreadId const thread = first == known.end() ? state.id : first->record->thread;
  if (thread != state.id) state.other_thread = thread;

  auto const today = static_cast<std::uint32_t>(std::max<std::int64_t>(now, 0) / kDay);
  for (Known& one : known) {
    ThreadRecord record = one.record.value_or(ThreadRecord{thread, 0});
    if (one.record && record.used + kFreshEnough > today) continue;
    record.used = today;
    changes.put(kv::Table::mail, std::move(one.row), encode_thread(record));
  }
  return {};
}

}  // namespace yubin::store
