// A directory over rows in memory, with a clock that stands still.
#pragma once

#include <memory>
#include <string_view>

#include "base/clock.h"
#include "directory/app_passwords.h"
#include "directory/directory.h"
#include "directory/known_logins.h"
#include "directory/sending_counts.h"
#include "directory/signing_keys.h"
#include "kv/changer.h"
#include "kv/committer.h"
#include "kv/memory_key_value.h"
#include "kv/storage_pool.h"

namespace yubin::kit {

// For tests, where a text that is none is the test's mistake.
inline mime::Address address(std::string_view text) {
  return mime::Address::parse(text).value();
}
inline mime::Domain domain(std::string_view text) {
  return mime::Domain::parse(text).value();
}

class MemoryDirectory {
 public:
  MemoryDirectory() { reopen(); }

  // As after a restart: all that is kept is in the rows.
  void reopen() {
    parts_.reset();
    parts_ = std::make_unique<Parts>(rows_, clock_);
  }

  kv::MemoryKeyValue& rows() { return rows_; }
  ManualClock& clock() { return clock_; }
  directory::Directory& operator*() { return parts_->directory; }
  directory::AppPasswords& app_passwords() { return parts_->app_passwords; }
  directory::KnownLogins& known_logins() { return parts_->known_logins; }
  directory::SendingCounts& sending_counts() { return parts_->sending_counts; }
  directory::SigningKeys& signing_keys() { return parts_->signing_keys; }
  directory::Directory* operator->() { return &parts_->directory; }

 private:
  struct Parts {
    Parts(kv::KeyValue& rows, Clock const& clock)
        : committer(rows, {}),
          changer(rows, committer, pool),
          directory(rows, changer, clock),
          app_passwords(rows, changer, clock),
          known_logins(rows, changer, clock, {}),
          sending_counts(rows, changer, clock),
          signing_keys(rows, changer) {
      (void)sending_counts.open();  // rows in memory do not fail
    }
    kv::StoragePool pool{2};
    kv::Committer committer;
    kv::Changer changer;
    directory::Directory directory;
    directory::AppPasswords app_passwords;
    directory::KnownLogins known_logins;
    directory::SendingCounts sending_counts;
    directory::SigningKeys signing_keys;
  };

  kv::MemoryKeyValue rows_;
  ManualClock clock_{WallTime(std::chrono::seconds(1'700'000'000))};
  std::unique_ptr<Parts> parts_;
};

}  // namespace yubin::kit
