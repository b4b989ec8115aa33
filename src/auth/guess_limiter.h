// Limits on guessing passwords: who was wrong too often waits before the next password is looked at, longer each time.
//
// Counted are different wrong passwords; whoever keeps sending one and the same has only an old password somewhere
// (authenticator.h does not even ask here). They are counted by whom they could come from:
//
// - From a network where this user has had a good login not long ago, by user and network: a forgotten telephone, or a
//   guesser beside it, holds up only this user there, never the whole office behind one address.
// - Else by network, so that many addresses of one guesser are one; a network where somebody else has had a good login
//   may be wrong more often.
// - From a network that nobody is known in also by user, so that many networks that guess at one user are seen
//   together.
//
// The name that was sent is counted, whether there is such a user or not.
#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "auth/network.h"
#include "base/clock.h"

namespace yubin::auth {

// Any thread. Memory: some 250 bytes for each of at most 3 * `capacity` networks, users, and users in networks.
class GuessLimiter {
 public:
  struct Options {
    std::uint32_t network = 10;          // wrong guesses that cost nothing: of an unknown network, of a user at home
    std::uint32_t known_network = 50;    // the same of a network where others are known
    std::uint32_t user = 20;             // the same at one user, of all unknown networks together
    std::chrono::seconds first_wait{1};  // after one more; each further one doubles it
    std::chrono::seconds longest_wait{60};
    std::chrono::seconds forget = std::chrono::hours(1);  // without a wrong guess
    std::size_t capacity = 20'000;                        // of each kind; who guessed longest ago is forgotten
  };
  // Failures are counted anew after so long.
  static constexpr std::chrono::minutes kCountFailures{10};

  enum class Known {
    nobody,       // in this network
    others,       // not this user
    user_at_home  // this user, in this network
  };
  // The views are good for the call.
  struct Guess {
    Network const& network;
    std::string_view user;  // any text that stands for the name
    Known known;
  };

  // `clock` outlives this.
  GuessLimiter(Clock const& clock, Options options) : clock_(clock), options_(options) {}

  // Whether a password may be looked at now.
  bool may_try(Guess const& guess);
  // It was looked at and wrong.
  void wrong(Guess const& guess);
  // The attempt was refused, for whatever reason; how many that makes of this network, or of this user at home, within
  // kCountFailures.
  std::uint32_t refused(Guess const& guess);

 private:
  struct Record {
    std::string name;
    std::uint32_t guesses = 0;
    std::uint32_t refused = 0;
    SteadyTime refused_since{};
    SteadyTime last{};        // guess or refusal
    SteadyTime not_before{};  // of the next guess
  };
  class Records {
   public:
    // The record of that name, which is now the newest; a new one if there is none or it is forgotten.
    Record& get(std::string_view name, SteadyTime now, Options const& options);
    bool may_try(std::string_view name, SteadyTime now) const;

   private:
    std::list<Record> records_;                                                // newest first
    std::unordered_map<std::string_view, std::list<Record>::iterator> index_;  // keys point into records_
  };

  Record& record_of(Guess const& guess, SteadyTime now);
  void count(Record& record, std::uint32_t free, SteadyTime now) const;

  Clock const& clock_;
  Options const options_;
  std::mutex mutex_;
  Records networks_;
  Records users_;
  Records homes_;
};

}  // namespace yubin::auth
