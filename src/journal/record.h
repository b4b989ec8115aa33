// An entry as stored. The row's key is the entry's id; the record is
//
//   version    1 byte, 1
//   fields     each: tag (varint), value (varint length, bytes), until the end
//
// A reader skips tags that it does not know, so fields can be added and an older program still reads; empty texts, and
// numbers that are 0, are not written. A recipient or a fact is one field with its texts inside, each with its
// length. The tags are in record.cpp; none is ever given a new meaning.
#pragma once

#include <string>
#include <string_view>

#include "journal/journal.h"

namespace yubin::journal {

// Much of an entry is what a peer sent. Longer texts are cut between two UTF-8 characters and end in "…"; recipients
// and facts beyond the row's limit are left out and counted in Entry::omitted. Bytes.
struct Limits {
  std::size_t word = 64;      // service, peer, TLS, verdict; fate and status of a recipient; names of facts
  std::size_t address = 330;  // HELO, user, sender, recipient: 64 + 1 + 255 and quotes (RFC 5321 section 4.5.3.1)
  std::size_t line = 998;     // Message-ID, reason, value of a fact, detail of a recipient (RFC 5322 section 2.1.1)
  std::size_t row = 192 * 1024;
};

std::string encode_entry(Entry const& entry, Limits const& limits = {});
// Errc::corrupt when the bytes are no record. The id is the key's.
Result<Entry> decode_entry(EntryId id, std::string_view record);

}  // namespace yubin::journal
