// The fate of a message for one recipient, as one value: the queue, the DSN and the log line are made from it.
#pragma once

#include <string>
#include <variant>

#include "smtp/reply.h"

namespace yubin::smtp {

struct OutcomeDetail {
  EnhancedStatus status;    // RFC 3463; its class says the same as the alternative below
  std::string remote_text;  // what the other side said, as it said it; empty if it said nothing
  std::string remote_host;  // who said it; empty if nobody was reached or the fate was decided here
  std::string note{};       // our own words: to which command it was said, or why we decided so

  friend bool operator==(OutcomeDetail const&, OutcomeDetail const&) = default;
};

struct Delivered : OutcomeDetail {};  // another took responsibility, or it is durable in the mailbox
struct Deferred : OutcomeDetail {};   // try again later
struct Failed : OutcomeDetail {};     // never will be; the sender is told

using Outcome = std::variant<Delivered, Deferred, Failed>;

inline OutcomeDetail const& detail(Outcome const& outcome) {
  return *std::visit([](OutcomeDetail const& d) { return &d; }, outcome);
}

}  // namespace yubin::smtp
