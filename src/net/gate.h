// Who may connect: how many connections a service has, from one address, from one network, and how many of them have
// not yet shown who they are. One Gate per service; its listeners share it.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/ip_address.h"
#include "base/ip_network.h"

namespace yubin::net {

// All numbers are of connections that are open at the same time. "Unauthenticated" is who has not logged in yet; at a
// service without login that is everybody, and then those limits should be as high as the others.
struct GateOptions {
  unsigned connections = 20000;
  unsigned per_address = 500;   // a company behind one address has many mail programs, each with some connections
  unsigned per_network = 2000;  // IPv4 /24, IPv6 /64
  unsigned unauthenticated = 4000;
  unsigned unauthenticated_per_address = 50;
  unsigned unauthenticated_per_network = 150;
  // Limits for addresses and networks do not hold for these, nor for loopback unless `strict_loopback`.
  std::vector<IpNetwork> exempt{};
  bool strict_loopback = false;
};

// For a service where nobody logs in: mail from other servers.
GateOptions gate_without_login();
// For a socket of this machine, whose peers have no addresses: so many connections, whoever makes them.
GateOptions gate_by_number(unsigned connections);

enum class Refusal : std::uint8_t {
  connections,
  per_address,
  per_network,
  unauthenticated,
  unauthenticated_per_address,
  unauthenticated_per_network,
};
inline constexpr std::size_t kRefusals = 6;
std::string_view to_string(Refusal why);

struct GateCounters {
  std::uint64_t connections = 0;  // open now
  std::uint64_t unauthenticated = 0;
  std::uint64_t admitted = 0;                      // since the start
  std::array<std::uint64_t, kRefusals> refused{};  // by reason, since the start
};

// All functions: any thread. Memory: an entry of about 100 bytes for each address and network that has connections, and
// at most kRemembered for those that were refused.
class Gate : public std::enable_shared_from_this<Gate> {
 public:
  // The right to be connected; given back when it goes. Movable; the Gate lives as long as its admissions.
  class Admission {
   public:
    Admission() = default;
    Admission(Admission&& other) noexcept { swap(other); }
    Admission& operator=(Admission&& other) noexcept {
      Admission old(std::move(*this));
      swap(other);
      return *this;
    }
    ~Admission();

    // The peer has logged in: it counts no more as unauthenticated. Once is enough; more does nothing.
    void authenticated();
    // The service is near its limit of unauthenticated connections, so this one, if it is one, should be brief.
    bool pressed() const;

   private:
    friend class Gate;
    Admission(std::shared_ptr<Gate> gate, IpAddress const& peer) : gate_(std::move(gate)), peer_(peer) {}
    void swap(Admission& other) noexcept {
      gate_.swap(other.gate_);
      std::swap(peer_, other.peer_);
      std::swap(authenticated_, other.authenticated_);
    }

    std::shared_ptr<Gate> gate_;
    IpAddress peer_;
    bool authenticated_ = false;
  };

  struct Refused {
    Refusal why;
    bool tell;  // worth an answer and a log line: not yet said so often to this network within the last minute
  };

  Gate(GateOptions options, Clock const& clock) : options_(std::move(options)), clock_(clock) {}

  std::variant<Admission, Refused> admit(IpAddress const& peer);
  // The next one would be refused for `connections`.
  bool is_full() const;
  GateCounters counters() const;

  static constexpr unsigned kTold = 5;              // answers to one network in a minute
  static constexpr std::size_t kRemembered = 4096;  // networks

 private:
  struct Count {
    unsigned all = 0;
    unsigned unauthenticated = 0;
  };
  struct Told {
    SteadyTime since;
    unsigned times = 0;
  };
  using Counts = std::unordered_map<IpAddress, Count>;

  bool is_exempt(IpAddress const& peer) const;
  std::optional<Refusal> reason_to_refuse(IpAddress const& peer) const;
  bool worth_telling(IpAddress const& network);
  void leave(IpAddress const& peer, bool authenticated);
  void login(IpAddress const& peer);

  GateOptions const options_;
  Clock const& clock_;
  mutable std::mutex mutex_;
  Counts addresses_;
  Counts networks_;
  Count total_;
  std::atomic<bool> pressed_{false};
  std::unordered_map<IpAddress, Told> told_;
  std::uint64_t admitted_ = 0;
  std::array<std::uint64_t, kRefusals> refused_{};
};

// Lets the process have as many descriptors as the system permits, at most `wanted`; returns how many it may have now.
std::size_t raise_descriptor_limit(std::size_t wanted);

}  // namespace yubin::net
