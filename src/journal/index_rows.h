// The rows beside the entries in the journal's table. An entry's key begins with a zero byte until the year 4253; these
// begin with a letter:
//
//   "n" id                                          an entry that is not in the index yet; written with it. Empty value
//   "i" bucket field hash (65535 - minute) first    a posting: entries of one term, one minute and one run of the
//                                                   indexer; `first` is the id of the oldest, in the value the others
//   "t" bucket                                      what the bucket holds, for retention and to know which there are
//   "v"                                             how far entries from before there was an index have been marked
//
// A bucket is six hours; it is what retention removes. Within a term the newest minute stands first.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "journal/journal.h"
#include "journal/terms.h"
#include "kv/types.h"

namespace yubin::journal {

using Bucket = Strong<struct BucketTag, std::uint32_t>;  // since 1970

inline constexpr std::chrono::hours kBucketTime{6};

Bucket bucket_of(EntryId id);
WallTime begin_of(Bucket bucket);
inline WallTime end_of(Bucket bucket) {
  return begin_of(Bucket(bucket.value() + 1));
}
std::uint16_t minute_of(EntryId id);  // within its bucket

// The lowest id that is made at `time` or later.
EntryId first_id(WallTime time);

// ---- marks of entries that are to be indexed

std::string mark_key(EntryId id);
Result<EntryId> parse_mark_key(std::string_view key);
inline constexpr std::string_view kMarks = "n";

// ---- postings

struct Posting {
  Bucket bucket{0};
  Term term;
  std::uint16_t minute = 0;
  std::vector<EntryId> ids;  // ascending, all of this bucket and minute; at least one
  friend bool operator==(Posting const&, Posting const&) = default;
};
kv::Row encode_posting(Posting const& posting);
Result<Posting> decode_posting(std::string_view key, std::string_view value);  // corrupt
// All postings of a term in a bucket, from this minute on backwards.
kv::Range posting_range(Bucket bucket, Term term, std::uint16_t newest_minute);

// ---- what a bucket holds

struct Tally {
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;  // of entries, marks and postings, keys included
  friend bool operator==(Tally const&, Tally const&) = default;
};
std::string tally_key(Bucket bucket);
Result<Bucket> parse_tally_key(std::string_view key);
std::string encode_tally(Tally const& tally);
Result<Tally> decode_tally(std::string_view value);
inline constexpr std::string_view kTallies = "t";

// ---- entries from before the index

inline constexpr std::string_view kMarkedUpTo = "v";
// The entry to go on with; none: all are marked.
std::string encode_marked(std::optional<EntryId> next);
Result<std::optional<EntryId>> decode_marked(std::string_view value);

// All rows of all buckets up to this one, entries included.
std::vector<kv::Range> ranges_up_to(Bucket bucket);

}  // namespace yubin::journal
