// The keys of SEARCH (RFC 9051 section 6.4.4) as a tree.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "imap/grammar.h"
#include "imap/view.h"

namespace yubin::imap {

struct SearchKey;

namespace search {

enum class Wanted { present, absent };

struct Constant {
  bool value;  // ALL; NEW and RECENT never, since \Recent is not kept
};
struct All {  // keys side by side, and parentheses
  std::vector<SearchKey> keys;
};
struct Either {  // OR
  std::vector<SearchKey> keys;
};
struct Not {
  std::vector<SearchKey> keys;  // one
};
struct HasFlag {
  store::SystemFlag flag;
  Wanted wanted;
};
struct HasKeyword {
  std::string keyword;
  Wanted wanted;
  std::optional<store::KeywordId> id;  // by prepare(); none: no message has it
};
struct InSet {
  SequenceSet set;
  Numbers numbers;
  std::vector<SeqRange> messages;  // by prepare()
};
struct Day {
  enum class Of { internal_date, sent, saved };  // saved: RFC 8514 section 4.3
  enum class Is { before, on, since };
  Of of;
  Is is;
  std::int64_t day;  // since 1970
};
struct Size {
  enum class Is { larger, smaller };
  Is is;
  std::uint64_t size;
};
struct ModifiedSince {  // MODSEQ (RFC 7162 section 3.1.5)
  store::ModSeq modseq;
};
struct Age {  // RFC 5032
  enum class Is { older, younger };
  Is is;
  std::uint32_t seconds;
  std::int64_t limit;  // by prepare(): seconds since 1970
};
struct HasId {  // EMAILID, THREADID (RFC 8474 section 6)
  enum class Of { message, thread };
  Of of;
  std::string id;
};
struct Field {  // HEADER, FROM, SUBJECT …
  std::string name;
  std::string text;  // empty: the field is there
};
struct Text {
  enum class In { body, everything };  // BODY, TEXT
  In in;
  std::string text;
};

}  // namespace search

struct SearchKey {
  std::variant<search::Constant, search::All, search::Either, search::Not, search::HasFlag, search::HasKeyword,
               search::InSet, search::Day, search::Size, search::ModifiedSince, search::Age, search::HasId,
               search::Field, search::Text>
      test;
};

enum class SearchCost { state, header, body };  // what a key must read
SearchCost cost(SearchKey const& key);

// Whether mod-sequences are asked for anywhere in the tree.
bool tests_modseq(SearchKey const& key);

// Whether it names messages by their sequence numbers anywhere in the tree.
bool names_numbers(SearchKey const& key);

// search-return-opts (RFC 4731 section 3.1, RFC 5182 section 2.1).
struct SearchReturn {
  bool min = false;
  bool max = false;
  bool all = false;
  bool count = false;
  bool save = false;
  std::optional<Window> partial = {};  // RFC 9394 section 3.1
};

struct SearchArguments {
  std::optional<SearchReturn> returns;  // none: an untagged SEARCH is wanted
  bool names_charset = false;
  std::optional<std::string> unknown_charset;
  SearchKey key;
};
// The strings in the result are UTF-8, whatever the charset of the command. Errc::syntax also for a string that does
// not read in its charset. Keys side by side are ordered by their cost.
Result<SearchArguments> search_arguments(Cursor& cursor);

// Looks up what the tree's names, numbers and ages mean in this view and at this moment.
void prepare(SearchKey& key, View const& view, WallTime now);

}  // namespace yubin::imap
