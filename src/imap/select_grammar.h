// The arguments of SELECT and EXAMINE (RFC 9051 section 6.3.2, RFC 7162 section 7).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "imap/grammar.h"

namespace yubin::imap {

// What a client remembers of a mailbox. All of it may be wrong.
struct Resync {
  std::uint32_t uid_validity;
  store::ModSeq modseq;
  std::vector<store::UidRange> known = {store::UidRange{}};  // UIDs
};

struct SelectArguments {
  std::string mailbox;
  bool condstore = false;
  std::optional<Resync> resync;
};
Result<SelectArguments> select_arguments(Cursor& cursor);

}  // namespace yubin::imap
