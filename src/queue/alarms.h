// Which block lists have refused our mail lately: what an operator must learn at once and nobody reads in a log.
#pragma once

#include <map>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "kv/key_value.h"
#include "queue/failure_class.h"
#include "queue/message_row.h"

namespace yubin::queue {

struct Alarm {
  Listing what;
  Seconds first = 0;
  Seconds last = 0;
  std::uint64_t count = 0;  // refusals, about
  std::string host{};       // who refused last
  std::string said{};       // in these words
  friend bool operator==(Alarm const&, Alarm const&) = default;
};
std::pair<std::string, std::string> encode_alarm(Alarm const& alarm);      // key, value
Result<Alarm> decode_alarm(std::string_view key, std::string_view value);  // Errc::corrupt
kv::Range alarms_range();

// Any thread. In memory at most kMost; one row each in Table::queue, so that a restart does not end an alarm.
class Alarms {
 public:
  static constexpr std::size_t kMost = 64;
  static constexpr Seconds kFor = 72 * 3600;  // after the last refusal an alarm is over
  static constexpr Seconds kWriteEvery = 60;  // more refusals within it are only counted

  Result<> open(kv::KeyValue const& rows, Seconds now);
  // Looks at what did not go well. Rows to be put into the batch that settles it; a new alarm is logged.
  std::vector<std::pair<std::string, std::string>> note(std::span<smtp::Outcome const> outcomes, Seconds now);
  std::vector<Alarm> current(Seconds now) const;
  // Keys of rows whose alarms are over; they are forgotten here.
  std::vector<std::string> remove_old(Seconds now);

 private:
  struct Held {
    Alarm alarm;
    Seconds written = 0;
  };
  mutable std::mutex mutex_;
  std::map<Listing, Held> held_;
};

}  // namespace yubin::queue
