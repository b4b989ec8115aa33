#include "queue/alarms.h"

#include "base/bytes.h"
#include "base/log.h"
#include "queue/local_row.h"

namespace yubin::queue {

namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kMaxName = 300;  // bytes of what a peer's words gave

constexpr LogEvent kListed{"queue.listed", LogLevel::error,
                           "another server refuses our mail because we are on a block list"};

std::string key_of(Listing const& what) {
  std::string key(1, static_cast<char>(RowKind::alarm));
  return key + what.list.substr(0, kMaxName) + '\0' + what.address.substr(0, kMaxName);
}

}  // namespace

kv::Range alarms_range() {
  return kv::prefix_range(std::string(1, static_cast<char>(RowKind::alarm)));
}

std::pair<std::string, std::string> encode_alarm(Alarm const& alarm) {
  std::string value;
  ByteWriter writer(value);
  writer.u8(kVersion);
  writer.signed_varint(alarm.first);
  writer.signed_varint(alarm.last);
  writer.varint(alarm.count);
  writer.text(alarm.host);
  writer.text(alarm.said);
  return {key_of(alarm.what), std::move(value)};
}

Result<Alarm> decode_alarm(std::string_view key, std::string_view value) {
  std::size_t const end = key.find('\0');
  if (end == std::string_view::npos || key.empty() || key[0] != static_cast<char>(RowKind::alarm))
    return fail(Errc::corrupt, "a key of an alarm that is none");
  ByteReader reader(value);
  TRY(std::uint8_t const version, reader.u8());
  if (version != kVersion) return fail(Errc::corrupt, "an alarm of an unknown version");
  Alarm alarm{.what = {std::string(key.substr(1, end - 1)), std::string(key.substr(end + 1))}};
  TRY(alarm.first, reader.signed_varint());
  TRY(alarm.last, reader.signed_varint());
  TRY(alarm.count, reader.varint());
  TRY(std::string_view const host, reader.text());
  TRY(std::string_view const said, reader.text());
  alarm.host = host;
  alarm.said = said;
  if (!reader.at_end()) return fail(Errc::corrupt, "something follows an alarm");
  return alarm;
}

Result<> Alarms::open(kv::KeyValue const& rows, Seconds now) {
  TRY(kv::Page const page, rows.scan(kv::Table::queue, alarms_range(), {.rows = kMost}));
  std::lock_guard const lock(mutex_);
  for (kv::Row const& row : page.rows) {
    auto alarm = decode_alarm(row.key, row.value);
    if (!alarm || now - alarm->last > kFor) continue;
    held_.try_emplace(alarm->what, Held{*alarm, alarm->last});
  }
  return {};
}

std::vector<std::pair<std::string, std::string>> Alarms::note(std::span<smtp::Outcome const> outcomes, Seconds now) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (smtp::Outcome const& outcome : outcomes) {
    if (std::holds_alternative<smtp::Delivered>(outcome)) continue;
    smtp::OutcomeDetail const& why = detail(outcome);
    if (classify(why) != FailureClass::reputation) continue;
    Listing const what = find_listing(why);
    std::lock_guard const lock(mutex_);
    if (held_.size() >= kMost && !held_.contains(what)) continue;
    Held& held = held_[what];
    bool const is_new = held.alarm.count == 0 || now - held.alarm.last > kFor;
    if (is_new) held.alarm = Alarm{.what = what, .first = now};
    held.alarm.last = now;
    ++held.alarm.count;
    held.alarm.host = why.remote_host.substr(0, kMaxName);
    held.alarm.said = why.remote_text.substr(0, kMaxName);
    if (is_new)
      log(kListed,
          {{"list", what.list}, {"address", what.address}, {"relay", why.remote_host}, {"said", why.remote_text}});
    if (!is_new && now - held.written < kWriteEvery) continue;
    held.written = now;
    rows.push_back(encode_alarm(held.alarm));
  }
  return rows;
}

std::vector<Alarm> Alarms::current(Seconds now) const {
  std::lock_guard const lock(mutex_);
  std::vector<Alarm> alarms;
  for (auto const& [what, held] : held_)
    if (now - held.alarm.last <= kFor) alarms.push_back(held.alarm);
  return alarms;
}

std::vector<std::string> Alarms::remove_old(Seconds now) {
  std::lock_guard const lock(mutex_);
  std::vector<std::string> keys;
  for (auto at = held_.begin(); at != held_.end();) {
    if (now - at->second.alarm.last <= kFor) {
      ++at;
      continue;
    }
    keys.push_back(key_of(at->first));
    at = held_.erase(at);
  }
  return keys;
}

}  // namespace yubin::queue
