// Searching the journal: newest entries first, in pages, with a bound on what one page costs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "journal/journal.h"
#include "journal/peer_network.h"
#include "kv/key_value.h"

namespace yubin::journal {

// What entries must fit, all of it; an empty text asks for nothing. Texts are compared without ASCII case.
struct Query {
  std::string address{};     // of the sender, a recipient or who logged in
  std::string sender{};      // the reverse-path
  std::string recipient{};   // one of them
  std::string user{};        // who was logged in, or tried to be
  std::string domain{};      // of any of these addresses
  std::string message_id{};  // with or without angle brackets
  std::string service{};
  std::string verdict{};              // of the whole, or the fate of a recipient
  std::optional<PeerNetwork> peer{};  // an address or a network
  std::optional<Kind> kind{};
  std::optional<EntryId> about{};      // entries that go on from this one (kAbout)
  std::optional<WallTime> since{};     // made then or later
  std::optional<WallTime> until{};     // made before
  std::optional<EntryId> before{};     // Found::next of the page before
  std::size_t limit = 100;             // entries of a page
  std::size_t max_looked_at = 20'000;  // entries read for a page
};

struct Found {
  std::vector<Entry> entries;   // newest first
  std::optional<EntryId> next;  // go on with Query::before; none: that was all. A page may be empty and have one
};

bool fits(Entry const& entry, Query const& query);

// Reads what is indexed and what is not yet. Entries that cannot be read are passed over with a line in the log.
// Errors: those of the store.
Result<Found> search(kv::KeyValue const& key_value, Query const& query);

}  // namespace yubin::journal
