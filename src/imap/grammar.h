// Productions of RFC 9051 section 9 that several commands use, named as there. An error's detail is one sentence
// without the final stop, made of our own words only: it is told to the client after BAD.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "imap/cursor.h"
#include "mime/date.h"
#include "store/types.h"

namespace yubin::imap {

bool is_atom_char(char c);
bool is_astring_char(char c);

Result<std::string> tag(Cursor& cursor);
Result<std::string> atom(Cursor& cursor);
Result<std::string> string(Cursor& cursor);  // quoted or literal
Result<std::string> astring(Cursor& cursor);
Result<std::optional<std::string>> nstring(Cursor& cursor);  // none: NIL
Result<std::uint32_t> number(Cursor& cursor);
Result<std::uint32_t> nz_number(Cursor& cursor);
Result<std::uint64_t> number64(Cursor& cursor);

// `{n}` or `{n+}` with its CR LF, without the octets that follow; with a `~` before it they may be NUL (literal8).
struct LiteralHead {
  std::uint64_t size;
  bool synchronizing;
  bool binary = false;
};
Result<LiteralHead> literal_head(Cursor& cursor);

// A mailbox name in UTF-8, from the cursor's form of names; the store decides whether it is a good one.
Result<std::string> mailbox(Cursor& cursor);
// The same with the wildcards % and *.
Result<std::string> list_mailbox(Cursor& cursor);

// Numbers from `first` to `last` in either order; none stands for "*", the largest in use.
struct SequenceRange {
  std::optional<std::uint32_t> first;
  std::optional<std::uint32_t> last;
  friend bool operator==(SequenceRange const&, SequenceRange const&) = default;
};
using SequenceSet = std::vector<SequenceRange>;
// "$" stands for what SEARCH saved (RFC 5182 section 2); no other set has numbers that are 0.
inline SequenceSet const kSavedResult = {{0, 0}};
Result<SequenceSet> sequence_set(Cursor& cursor);

// UIDs without "*" and "$", each range from its lower end.
Result<std::vector<store::UidRange>> uid_set(Cursor& cursor);

// RFC 7162 section 7: 63 bits. 0, which no message has, is taken too, where the RFC wants more than 0.
Result<store::ModSeq> mod_sequence(Cursor& cursor);

struct FlagList {
  store::SystemFlags flags;
  std::vector<std::string> keywords;
  friend bool operator==(FlagList const&, FlagList const&) = default;
};
// Adds one flag to `list`. \Recent, which nobody can set, is passed over.
Result<> flag(Cursor& cursor, FlagList& list);
Result<FlagList> flag_list(Cursor& cursor);
Result<std::string> flag_keyword(Cursor& cursor);

// objectid = 1*255(ALPHA / DIGIT / "_" / "-") (RFC 8474 section 7)
Result<std::string> object_id(Cursor& cursor);

// partial-range (RFC 9394 section 4): some of a list, counted from 1, from its end if the client's numbers are
// negative.
struct Window {
  bool from_end = false;
  std::uint32_t first = 1;
  std::uint32_t last = 1;  // not below `first`
};
Result<Window> partial_range(Cursor& cursor);

// Days since 1970-01-01.
Result<std::int64_t> date(Cursor& cursor);

Result<mime::DateTime> date_time(Cursor& cursor);

}  // namespace yubin::imap
