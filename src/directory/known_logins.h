// What is known of logins that were good, for the time after a restart: rows that may be lost without harm.
//
// The texts are the authenticator's (auth/authenticator.h). That of a check is a keyed hash, and its key is not here:
// who has only these rows learns nothing of a password from them.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/upkeep.h"
#include "kv/changer.h"

namespace yubin::directory {

enum class KnownLogin : std::uint8_t {
  check = 1,    // a password that was right
  network = 2,  // somebody logged in from there
  user = 3,     // this user did
};

struct KnownText {
  std::string text;
  std::int64_t when = 0;  // seconds since 1970
  friend bool operator==(KnownText const&, KnownText const&) = default;
};

// Any thread, but forget_old() is for one.
class KnownLogins {
 public:
  static constexpr std::size_t kMaxText = 512;
  static constexpr std::size_t kMaxUnwritten = 20'000;

  // How long a row is kept.
  struct Keep {
    std::chrono::seconds checks = std::chrono::hours(24);
    std::chrono::seconds networks = std::chrono::days(14);  // users too
  };

  // All outlive this.
  KnownLogins(kv::KeyValue const& key_value, kv::Changer& changer, Clock const& clock, Keep keep)
      : key_value_(key_value), changer_(changer), clock_(clock), keep_(keep) {}
  ~KnownLogins();  // writes what is not written yet

  // It is good now. Waits for nothing: the row is written by write(). A text over kMaxText, or one too many, is
  // dropped.
  void add(KnownLogin kind, std::string text);
  // Writes what was added.
  kv::Ticket<void> write();

  // The newest, at most `most`, the oldest of them first. Reads all rows of the kind.
  Result<std::vector<KnownText>> read(KnownLogin kind, std::size_t most) const;
  // A piece of erasing what is too old. Blocks: for the thread of the upkeep.
  Result<Turn> forget_old();

 private:
  std::int64_t oldest(KnownLogin kind) const;  // that is kept

  kv::KeyValue const& key_value_;
  kv::Changer& changer_;
  Clock const& clock_;
  Keep const keep_;
  std::mutex mutex_;
  std::map<std::string, std::int64_t> unwritten_;  // by key
  std::optional<std::string> forget_from_;         // where forget_old() goes on
};

}  // namespace yubin::directory
