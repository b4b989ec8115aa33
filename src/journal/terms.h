// What an entry can be found by: its terms. A term is a field and the hash of a text, so that a row's key is short
// whatever a peer sent; that two texts have one hash costs a look at an entry that does not fit, nothing else.
#pragma once

#include <compare>
#include <cstdint>
#include <string_view>
#include <vector>

#include "journal/journal.h"
#include "journal/peer_network.h"

namespace yubin::journal {

// The numbers are stored; never give one a new meaning.
enum class Field : std::uint8_t {
  all = 0,  // each entry
  message_id = 1,
  about = 2,    // the id in the fact kAbout
  address = 3,  // of the sender, a recipient, or who logged in
  domain = 4,   // of these
  network = 5,  // of the peer, see indexed_networks()
  service = 6,
  verdict = 7,  // and the fates of recipients
};

struct Term {
  Field field = Field::all;
  std::uint64_t hash = 0;
  friend auto operator<=>(Term const&, Term const&) = default;

  // Without ASCII case.
  static Term of(Field field, std::string_view text);
  static Term of(PeerNetwork const& network) { return of(Field::network, network.text()); }
};

// Each once, ascending.
std::vector<Term> terms_of(Entry const& entry);

// A Message-ID without its angle brackets.
std::string_view bare_message_id(std::string_view text);
// What stands behind the last @; empty if there is none.
std::string_view domain_of(std::string_view address);

}  // namespace yubin::journal
