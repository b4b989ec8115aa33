// Who has a mailbox at the primary of a domain that this server takes mail for while the primary is away (secondary
// MX): from a file, or by asking the primary and remembering what it said.
//
// What was learnt is kept in Table::directory: good for a day if there is a mailbox (an hour if there is none), and,
// while the primary does not answer, for thirty days (three).
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "base/clock.h"
#include "base/executor.h"
#include "base/upkeep.h"
#include "deliver/mail_route.h"
#include "deliver/route_check.h"
#include "kv/changer.h"
#include "mime/address.h"
#include "net/task.h"

namespace yubin::server {

// One [[backup_mx]].
struct BackupDomain {
  std::optional<deliver::RoutePattern> domain{};
  std::filesystem::path recipients{};  // a file with an address in each line; empty: the primary is asked
  bool take_unknown = false;           // while the primary is away, mail for who is not known is taken all the same
  int line = 0;

  friend bool operator==(BackupDomain const& a, BackupDomain const& b) {
    return a.domain == b.domain && a.recipients == b.recipients && a.take_unknown == b.take_unknown;
  }
};

struct BackupVerdict {
  enum class Is { known, unknown, not_known_now };
  Is is = Is::not_known_now;
  std::string said{};  // by the primary, or why it is not known
};

// What was learnt of an address, as it is kept: docs/FORMAT.md.
struct LearntRecipient {
  bool known = false;
  std::int64_t when = 0;  // seconds since 1970
  std::string said{};
  friend bool operator==(LearntRecipient const&, LearntRecipient const&) = default;
};
std::string encode_learnt(LearntRecipient const& learnt);
Result<LearntRecipient> decode_learnt(std::string_view record);  // Errc::corrupt

// Any thread; tasks on a connection's loop.
class BackupRecipients {
 public:
  using Probe = std::function<void(deliver::RouteQuestion, std::move_only_function<void(deliver::RouteReport)>)>;
  static constexpr std::size_t kMostInAnHour = 20'000;  // that are learnt: who tries names does not fill the disk
  static constexpr std::size_t kMaxFile = 64 * 1024 * 1024;
  static constexpr std::size_t kMostAway = 1000;  // that are known to be away

  // All outlive this.
  BackupRecipients(kv::KeyValue const& key_value, kv::Changer& changer, Executor& pool, Clock const& clock)
      : key_value_(key_value), changer_(changer), pool_(pool), clock_(clock) {}

  // Asks the hosts of a domain; before the first find(). Without it nobody is asked.
  void ask_by(Probe probe) { probe_ = std::move(probe); }

  net::Task<BackupVerdict> find(BackupDomain domain, mime::Address address);
  // A piece of erasing what is too old: a slice for base/upkeep.h.
  Result<Turn> forget_old();

 private:
  struct List {
    std::filesystem::file_time_type written;
    std::set<std::string> addresses;  // in lower case; "@domain": everybody
  };
  BackupVerdict find_in_file(BackupDomain const& domain, mime::Address const& address);
  std::shared_ptr<List const> known_list(std::filesystem::path const& file);
  std::shared_ptr<List const> list_of(std::filesystem::path const& file);
  net::Task<BackupVerdict> ask(mime::Address address);
  bool is_away(std::string const& domain);
  void note_away(std::string const& domain);
  void learn(mime::Address const& address, BackupVerdict const& verdict);
  std::int64_t now() const;

  kv::KeyValue const& key_value_;
  kv::Changer& changer_;
  Executor& pool_;
  Clock const& clock_;
  Probe probe_;
  std::mutex reading_;  // a list, which takes its time
  std::mutex mutex_;    // of all below; held for moments
  std::map<std::filesystem::path, std::shared_ptr<List const>> lists_;
  std::map<std::string, SteadyTime> away_;  // domains whose hosts did not answer: until when nobody asks
  std::int64_t hour_ = 0;
  std::size_t learnt_ = 0;  // in this hour
  std::optional<std::string> forget_from_;
};

}  // namespace yubin::server
