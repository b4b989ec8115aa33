// Why another server did not take a message, in a word: what the operator has to mend, and how soon to try again.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "smtp/outcome.h"

namespace yubin::queue {

enum class FailureClass : std::uint8_t {
  other,
  reputation,  // this server's address or domain is on a list
  greylisted,  // they want to see us again (RFC 6647)
  too_often,   // too many connections or messages from us
  auth,        // SPF, DKIM, DMARC, or a login at a relay
  quota,       // the mailbox is full
  size,        // the message is too large for them
  mailbox,     // no such mailbox or domain
  policy,      // they do not want this message
  network,     // nobody was reached, or DNS, TLS, the route failed
};

std::string_view to_string(FailureClass failure);

// By its reply code, its enhanced status code and its words: the first row of failure_table.h that fits.
FailureClass classify(smtp::OutcomeDetail const& why);

// Of a refusal for reputation: which list has which address.
struct Listing {
  std::string list;     // its name; "unnamed" if the words do not tell
  std::string address;  // of ours, as they wrote it; empty if they did not
  friend auto operator<=>(Listing const&, Listing const&) = default;
};
Listing find_listing(smtp::OutcomeDetail const& why);

}  // namespace yubin::queue
