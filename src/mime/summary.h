// What the store keeps of a message beside its bytes, so that lists and structures are shown without reading it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "mime/structure.h"

namespace yubin::mime {

class HeaderSection;

inline constexpr std::size_t kMaxDepth = 100;  // of the tree of parts, whatever a parser's limits say

// Header fields that clients ask for when they list a mailbox.
bool is_common_field(std::string_view name);  // without ASCII case

// All common fields of a header section, whole and in their order, as sent; nullopt if they are over the limit. What
// HEADER.FIELDS of common fields needs (HeaderSection::parse reads it); what is not in it does not exist.
std::optional<std::string> keep_common_fields(HeaderSection const& header, std::size_t limit);

struct Summary {
  Envelope envelope;
  Part root;
  std::optional<std::string> fields;  // keep_common_fields()
  std::vector<std::uint64_t> thread;  // thread_keys(); none in records from before there were any
  bool complete = true;               // false: a limit cut something; what is there is right

  friend bool operator==(Summary const&, Summary const&) = default;
};

// A record: version (1 byte, now 1), then fields, each a varint tag, a varint length and that many bytes. A tag that is
// not known is passed over, so that fields can be added; an absent field has its default. Tags: summary.cpp.
// With the limits of MessageLimits{} it is below 240 KiB.
std::string encode(Summary const& summary);

// Errc::corrupt for anything that encode() cannot have made: offsets that do not nest, children where none may be,
// depth over kMaxDepth. decode(encode(x)) == x.
Result<Summary> decode_summary(std::string_view record);

// Its `thread` alone, without a look at the rest.
Result<std::vector<std::uint64_t>> decode_thread(std::string_view record);

}  // namespace yubin::mime
