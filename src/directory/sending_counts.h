// How much each account and each domain has sent in the last 24 hours, and who may send no more just now.
//
// Counted in memory, in steps of five minutes; write() puts what has changed into the store, so that a restart forgets
// nothing and a crash what has happened since the last write(). There is an entry for whoever has sent something in the
// last day, of at most 8 KiB.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "directory/sending_limits.h"
#include "kv/changer.h"
#include "mime/address.h"

namespace yubin::directory {

struct SendingRefusal {
  std::string who;  // an account's address, or a domain
  SendingLimit limit;
  std::uint64_t most = 0;
  // Seconds since 1970: when it is worth while to try again. None: never, the message alone has too many recipients.
  std::optional<std::int64_t> free{};
};

// Somebody has come to a limit of theirs.
struct SendingAlarm {
  std::string who;
  SendingLimit limit{};
  std::uint64_t most = 0;
  std::int64_t first = 0;  // refusal; seconds since 1970
  std::int64_t last = 0;
  std::uint64_t refusals = 0;
  friend bool operator==(SendingAlarm const&, SendingAlarm const&) = default;
};

struct Sender {
  mime::Address account;
  SendingLimits own{};
  SendingLimits domain{};
};

// One entry, as it is kept: docs/FORMAT.md.
struct SendingCount {
  struct Step {
    std::int64_t number = 0;  // since 1970
    std::uint64_t messages = 0;
    std::uint64_t recipients = 0;
    friend bool operator==(Step const&, Step const&) = default;
  };
  std::deque<Step> steps;  // the oldest first; each with something in it
  std::optional<SendingAlarm> alarm{};
  friend bool operator==(SendingCount const&, SendingCount const&) = default;
};
std::string encode_sending_count(SendingCount const& count);
Result<SendingCount> decode_sending_count(std::string_view who, std::string_view record);  // Errc::corrupt

// Any thread.
class SendingCounts {
 public:
  static constexpr std::int64_t kStep = 300;            // seconds
  static constexpr std::int64_t kAlarmFor = 24 * 3600;  // after the last refusal

  // All outlive this.
  SendingCounts(kv::KeyValue const& key_value, kv::Changer& changer, Clock const& clock)
      : key_value_(key_value), changer_(changer), clock_(clock) {}
  ~SendingCounts();  // writes what is not written yet

  // Reads what was written; once, before all else. A row that cannot be read counts for nothing, with a line in the
  // log.
  Result<> open();
  // Counts one recipient more, for the account and its domain; nothing if that is over a limit. `before`: recipients of
  // the same message that were counted already; with the first of them the message is counted too.
  std::optional<SendingRefusal> take(Sender const& sender, std::uint64_t before);
  // Of what was taken last.
  void give_back(Sender const& sender, std::uint64_t messages, std::uint64_t recipients);
  // In the order of names.
  std::vector<SendingAlarm> alarms() const;
  // Blocks for the commit. What an error leaves unwritten is written the next time.
  Result<> write();

 private:
  std::int64_t now() const;
  std::optional<SendingRefusal> over(std::string const& who, SendingLimits const& limits, std::uint64_t before);
  void note(SendingRefusal const& refusal);

  kv::KeyValue const& key_value_;
  kv::Changer& changer_;
  Clock const& clock_;
  mutable std::mutex mutex_;
  std::map<std::string, SendingCount> counts_;
  std::set<std::string> changed_;
};

// What one message has taken; given back unless it is kept.
class SendingCharge {
 public:
  SendingCharge(SendingCounts& counts, Sender sender) : counts_(counts), sender_(std::move(sender)) {}
  ~SendingCharge() { give_back(recipients_); }
  SendingCharge(SendingCharge const&) = delete;

  std::optional<SendingRefusal> take();  // one recipient more
  void give_back(std::uint64_t recipients);
  void keep() { recipients_ = 0; }

 private:
  SendingCounts& counts_;
  Sender const sender_;
  std::uint64_t recipients_ = 0;
};

}  // namespace yubin::directory
