#include "directory/sending_counts.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/log.h"
#include "directory/reading.h"

namespace yubin::directory {

namespace {

using kv::Changes;
using kv::Table;

constexpr LogEvent kReached{"submission.limit_reached", LogLevel::warning,
                            "somebody has sent as much as is allowed, and may not send more for now"};
constexpr LogEvent kNotWritten{"submission.counts_not_written", LogLevel::warning,
                               "how much was sent could not be written down; after a restart it counts for nothing"};
constexpr LogEvent kNotRead{"submission.counts_not_read", LogLevel::warning,
                            "how much somebody has sent cannot be read, and counts for nothing"};

constexpr std::int64_t kSteps = 24 * 3600 / SendingCounts::kStep;  // that are remembered

// How many steps a limit looks back.
std::int64_t window(SendingLimit limit) {
  bool const hour = limit == SendingLimit::messages_per_hour || limit == SendingLimit::recipients_per_hour;
  return hour ? 3600 / SendingCounts::kStep : kSteps;
}

std::uint64_t number(SendingCount::Step const& step, SendingLimit limit) {
  bool const messages = limit == SendingLimit::messages_per_hour || limit == SendingLimit::messages_per_day;
  return messages ? step.messages : step.recipients;
}

std::uint64_t used(SendingCount const& count, SendingLimit limit, std::int64_t step) {
  std::uint64_t sum = 0;
  for (SendingCount::Step const& one : count.steps)
    if (one.number > step - window(limit)) sum += number(one, limit);
  return sum;
}

// When enough of it is over for one more.
std::int64_t free_at(SendingCount const& count, SendingLimit limit, std::uint64_t most, std::int64_t step) {
  std::uint64_t left = used(count, limit, step);
  for (SendingCount::Step const& one : count.steps) {
    if (one.number <= step - window(limit)) continue;
    left -= number(one, limit);
    if (left < most) return (one.number + window(limit)) * SendingCounts::kStep;
  }
  return (step + window(limit)) * SendingCounts::kStep;
}

void forget_old(SendingCount& count, std::int64_t now) {
  while (!count.steps.empty() && count.steps.front().number <= now / SendingCounts::kStep - kSteps)
    count.steps.pop_front();
  if (count.alarm && now - count.alarm->last > SendingCounts::kAlarmFor) count.alarm.reset();
}

void add(SendingCount& count, std::int64_t step, std::uint64_t messages) {
  // Time may go back; then the newest step stands for it.
  if (count.steps.empty() || count.steps.back().number < step) count.steps.push_back({.number = step});
  count.steps.back().messages += messages;
  ++count.steps.back().recipients;
}

void take_away(SendingCount& count, std::uint64_t messages, std::uint64_t recipients) {
  for (auto at = count.steps.rbegin(); at != count.steps.rend(); ++at) {
    std::uint64_t const some = std::min(at->messages, messages);
    std::uint64_t const many = std::min(at->recipients, recipients);
    at->messages -= some;
    at->recipients -= many;
    messages -= some;
    recipients -= many;
  }
  std::erase_if(count.steps, [](auto const& step) { return step.messages == 0 && step.recipients == 0; });
}

constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kNoAlarm = 0xff;

std::unexpected<Error> corrupt() {
  return fail(Errc::corrupt, "directory: what somebody has sent cannot be read");
}

Result<std::optional<SendingAlarm>> read_alarm(std::string_view who, ByteReader& reader) {
  TRY(std::uint8_t const limit, reader.u8());
  if (limit == kNoAlarm) return std::nullopt;
  if (limit >= kSendingLimits) return corrupt();
  SendingAlarm alarm{.who = std::string(who), .limit = static_cast<SendingLimit>(limit)};
  TRY(alarm.most, reader.varint());
  TRY(alarm.first, reader.signed_varint());
  TRY(alarm.last, reader.signed_varint());
  TRY(alarm.refusals, reader.varint());
  return alarm;
}

}  // namespace

std::string encode_sending_count(SendingCount const& count) {
  std::string record;
  ByteWriter writer(record);
  writer.u8(kVersion);
  writer.u8(count.alarm ? static_cast<std::uint8_t>(count.alarm->limit) : kNoAlarm);
  if (count.alarm) {
    writer.varint(count.alarm->most);
    writer.signed_varint(count.alarm->first);
    writer.signed_varint(count.alarm->last);
    writer.varint(count.alarm->refusals);
  }
  for (SendingCount::Step const& step : count.steps) {
    writer.signed_varint(step.number);
    writer.varint(step.messages);
    writer.varint(step.recipients);
  }
  return record;
}

Result<SendingCount> decode_sending_count(std::string_view who, std::string_view record) {
  ByteReader reader(record);
  TRY(std::uint8_t const version, reader.u8());
  if (version != kVersion) return corrupt();
  SendingCount count;
  TRY(count.alarm, read_alarm(who, reader));
  while (!reader.at_end()) {
    SendingCount::Step step;
    TRY(step.number, reader.signed_varint());
    TRY(step.messages, reader.varint());
    TRY(step.recipients, reader.varint());
    bool const in_order = count.steps.empty() || count.steps.back().number < step.number;
    if (!in_order || count.steps.size() >= static_cast<std::size_t>(kSteps) + 1) return corrupt();
    count.steps.push_back(step);
  }
  return count;
}

SendingCounts::~SendingCounts() {
  if (Result<> written = write(); !written) log(kNotWritten, {{"detail", written.error().detail}});
}

std::int64_t SendingCounts::now() const {
  return seconds(clock_);
}

Result<> SendingCounts::open() {
  kv::Range range = sending_rows();
  std::size_t const prefix = range.from.size();
  std::lock_guard const lock(mutex_);
  for (bool more = true; more;) {
    TRY(kv::Page page, key_value_.scan(Table::directory, range, {}));
    for (kv::Row const& row : page.rows) {
      std::string const who = row.key.substr(prefix);
      Result<SendingCount> count = decode_sending_count(who, row.value);
      if (count) {
        counts_[who] = *std::move(count);
      } else {
        log(kNotRead, {{"who", who}, {"detail", count.error().detail}});
      }
    }
    more = page.next.has_value();
    if (more) range.from = *std::move(page.next);
  }
  return {};
}

std::optional<SendingRefusal> SendingCounts::over(std::string const& who, SendingLimits const& limits,
                                                  std::uint64_t before) {
  SendingCount const& count = counts_[who];
  std::int64_t const step = now() / kStep;
  std::optional<SendingRefusal> worst;
  for (std::size_t i = 0; i < kSendingLimits; ++i) {
    auto const limit = static_cast<SendingLimit>(i);
    bool const of_messages = limit == SendingLimit::messages_per_hour || limit == SendingLimit::messages_per_day;
    if (limits[i] == 0 || (of_messages && before > 0)) continue;
    // RFC 5321 section 4.2.1: what will never do is not put off.
    if (!of_messages && before >= limits[i]) return SendingRefusal{who, limit, limits[i]};
    if (used(count, limit, step) < limits[i]) continue;
    std::int64_t const free = free_at(count, limit, limits[i], step);
    if (!worst || free > worst->free) worst = SendingRefusal{who, limit, limits[i], free};
  }
  return worst;
}

void SendingCounts::note(SendingRefusal const& refusal) {
  SendingCount& count = counts_[refusal.who];
  std::int64_t const time = now();
  bool const is_new = !count.alarm || count.alarm->limit != refusal.limit || time - count.alarm->last > kAlarmFor;
  if (is_new) {
    count.alarm = SendingAlarm{.who = refusal.who, .limit = refusal.limit, .first = time};
    log(kReached, {{"who", refusal.who},
                   {"limit", kSendingLimitNames[static_cast<std::size_t>(refusal.limit)]},
                   {"most", refusal.most}});
  }
  count.alarm->most = refusal.most;
  count.alarm->last = time;
  ++count.alarm->refusals;
  changed_.insert(refusal.who);
}

std::optional<SendingRefusal> SendingCounts::take(Sender const& sender, std::uint64_t before) {
  std::string const account = sender.account.folded();
  std::string const domain = sender.account.domain().text();
  std::lock_guard const lock(mutex_);
  std::optional<SendingRefusal> refusal = over(account, sender.own, before);
  if (!refusal) refusal = over(domain, sender.domain, before);
  if (refusal) {
    note(*refusal);
    return refusal;
  }
  for (std::string const* who : {&account, &domain}) {
    add(counts_[*who], now() / kStep, before == 0 ? 1 : 0);
    changed_.insert(*who);
  }
  return std::nullopt;
}

void SendingCounts::give_back(Sender const& sender, std::uint64_t messages, std::uint64_t recipients) {
  std::lock_guard const lock(mutex_);
  for (std::string const& who : {sender.account.folded(), sender.account.domain().text()}) {
    take_away(counts_[who], messages, recipients);
    changed_.insert(who);
  }
}

std::vector<SendingAlarm> SendingCounts::alarms() const {
  std::lock_guard const lock(mutex_);
  std::vector<SendingAlarm> all;
  for (auto const& [who, count] : counts_)
    if (count.alarm && now() - count.alarm->last <= kAlarmFor) all.push_back(*count.alarm);
  return all;
}

Result<> SendingCounts::write() {
  std::map<std::string, std::string> records;  // empty: it is over
  {
    std::lock_guard const lock(mutex_);
    for (auto at = counts_.begin(); at != counts_.end();) {
      auto& [who, count] = *at;
      forget_old(count, now());
      bool const is_over = count.steps.empty() && !count.alarm;
      if (is_over || changed_.contains(who)) records[who] = is_over ? "" : encode_sending_count(count);
      at = is_over ? counts_.erase(at) : std::next(at);
    }
    changed_.clear();
  }
  if (records.empty()) return {};
  auto put = [records](Changes& changes) {
    for (auto const& [who, record] : records) {
      if (record.empty()) {
        changes.erase(Table::directory, sending_key(who));
      } else {
        changes.put(Table::directory, sending_key(who), record);
      }
    }
    return Result<>();
  };
  Result<> const written = changer_.change<void>({kv::kServerAccount}, Lane::reading, std::move(put)).wait();
  if (written) return {};
  std::lock_guard const lock(mutex_);
  for (auto const& [who, record] : records) {
    counts_.try_emplace(who);  // one that is over has a row to be erased
    changed_.insert(who);
  }
  return written;
}

std::optional<SendingRefusal> SendingCharge::take() {
  std::optional<SendingRefusal> refusal = counts_.take(sender_, recipients_);
  if (!refusal) ++recipients_;
  return refusal;
}

void SendingCharge::give_back(std::uint64_t recipients) {
  if (recipients == 0) return;
  recipients_ -= recipients;
  counts_.give_back(sender_, recipients_ == 0 ? 1 : 0, recipients);
}

}  // namespace yubin::directory
