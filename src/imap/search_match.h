// Does this message match this key?
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "imap/context.h"
#include "imap/search_key.h"
#include "mime/summary.h"

namespace yubin::imap {

// One message and what has been read of it so far.
struct Candidate {
  SeqNum number;
  store::MessageState const& state;
  std::optional<store::Card> card = {};
  std::optional<mime::Summary> summary = {};
  std::optional<std::string> header = {};
};

// From the state alone; none: more must be read.
std::optional<bool> match_state(SearchKey const& key, Candidate const& candidate);

// Reads what it needs; in slices where that is a body. Errc::not_found: the message is gone.
Task<Result<bool>> match(Context& context, SearchKey const& key, Candidate& candidate);

}  // namespace yubin::imap
