// Where the bytes of a section are: a piece of the message as it is stored, or header fields picked out of one.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "imap/fetch_grammar.h"
#include "mime/summary.h"
#include "store/store.h"

namespace yubin::imap {

// Of the whole message, which is the card's prefix and then its body.
struct Extent {
  std::uint64_t offset;
  std::uint64_t length;
};
// A message has no such part: NIL.
struct Absent {};
using SectionBytes = std::variant<Absent, Extent, std::string>;

// Reads the store only for header fields that the summary does not repeat.
Result<SectionBytes> find_section(store::Store const& store, store::Card const& card, mime::Summary const& summary,
                                  Section const& section);

// The piece that `partial` names of it.
SectionBytes cut(SectionBytes bytes, std::optional<Partial> const& partial);

// The header section with the prefix's fields in front; cut after a limit of mime's.
Result<std::string> read_header(store::Store const& store, store::Card const& card, mime::Part const& root);
// The same of a message inside.
Result<std::string> read_header_of(store::Store const& store, store::Card const& card, mime::Part const& part);

}  // namespace yubin::imap
