#include "journal/indexer.h"

#include <map>
#include <tuple>

#include "base/log.h"
#include "journal/index_rows.h"
#include "journal/record.h"
#include "journal/terms.h"

namespace yubin::journal {

namespace {

using kv::Table;

constexpr LogEvent kUnreadable{"journal.unreadable", LogLevel::error,
                               "an entry of the journal is damaged; passed over"};
constexpr std::size_t kBytesARun = 4 * 1024 * 1024;
constexpr std::size_t kMarksARun = 1000;
constexpr std::uint32_t kBucketsAlwaysKept = 2;

// What a run adds to the index.
class Additions {
 public:
  void add(Entry const& entry, std::size_t bytes) {
    Bucket const bucket = bucket_of(entry.id);
    for (Term const& term : terms_of(entry)) postings_[{bucket, term, minute_of(entry.id)}].push_back(entry.id);
    Tally& tally = tallies_[bucket];
    ++tally.entries;
    tally.bytes += bytes + 2 * EntryId::kSize;
  }

  Result<> put(kv::KeyValue const& key_value, kv::Batch& batch) && {
    for (auto& [place, ids] : postings_) {
      auto const& [bucket, term, minute] = place;
      kv::Row row = encode_posting({bucket, term, minute, std::move(ids)});
      tallies_[bucket].bytes += row.key.size() + row.value.size();
      batch.put(Table::journal, std::move(row.key), std::move(row.value));
    }
    for (auto& [bucket, added] : tallies_) {
      TRY(auto before, key_value.get(Table::journal, tally_key(bucket)));
      if (before) {
        TRY(Tally known, decode_tally(*before));
        added.entries += known.entries;
        added.bytes += known.bytes;
      }
      batch.put(Table::journal, tally_key(bucket), encode_tally(added));
    }
    return {};
  }

 private:
  std::map<std::tuple<Bucket, Term, std::uint16_t>, std::vector<EntryId>> postings_;  // ids ascending
  std::map<Bucket, Tally> tallies_;
};

}  // namespace

Result<Indexer::Work> Indexer::index_work() const {
  TRY(auto marked, key_value_.get(Table::journal, kMarkedUpTo));
  std::string const marking = marked.value_or(encode_marked(EntryId{}));  // no row: nothing is marked
  TRY(auto next, decode_marked(marking));
  if (next) return mark_work(*next);

  Work work;
  TRY(kv::Page marks, key_value_.scan(Table::journal, kv::prefix_range(kMarks), {.rows = kEntriesARun}));
  work.more = marks.next.has_value();
  std::vector<std::string> keys;
  for (kv::Row const& row : marks.rows) keys.push_back(row.key.substr(kMarks.size()));
  TRY(auto records, key_value_.multi_get(Table::journal, keys));

  Additions additions;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (bytes >= kBytesARun) {
      work.more = true;
      break;
    }
    work.batch.erase(Table::journal, marks.rows[i].key);
    if (!records[i]) continue;
    bytes += records[i]->size();
    Result<EntryId> const id = EntryId::from_bytes(keys[i]);
    Result<Entry> const entry = id ? decode_entry(*id, *records[i]) : std::unexpected(id.error());
    if (entry) {
      additions.add(*entry, records[i]->size());
    } else {
      log(kUnreadable, {{"key", to_hex(keys[i])}, {"detail", entry.error().detail}});
    }
  }
  TRY_VOID(std::move(additions).put(key_value_, work.batch));
  return work;
}

// Entries that an earlier version wrote have no marks.
Result<Indexer::Work> Indexer::mark_work(EntryId from) const {
  Work work{.batch = {}, .more = true};
  kv::Range const entries{from.bytes(), std::string(1, '\1')};
  TRY(kv::Page page, key_value_.scan(Table::journal, entries, {.rows = kMarksARun, .bytes = kBytesARun}));
  for (kv::Row const& row : page.rows) work.batch.put(Table::journal, std::string(kMarks) + row.key, "");
  std::optional<EntryId> next;
  if (page.next) {
    TRY(next, EntryId::from_bytes(*page.next));
  }
  work.batch.put(Table::journal, std::string(kMarkedUpTo), encode_marked(next));
  return work;
}

// A bucket a run: erasing a range is dear for some engines.
Result<Indexer::Work> Indexer::expire_work() const {
  Work work;
  Bucket const now = bucket_of(first_id(clock_.now()));
  WallTime const oldest = clock_.now() - options_.days;
  TRY(kv::Page tallies, key_value_.scan(Table::journal, kv::prefix_range(kTallies), {.rows = 100'000}));
  std::uint64_t bytes = 0;
  for (kv::Row const& row : tallies.rows) {
    TRY(Tally tally, decode_tally(row.value));
    bytes += tally.bytes;
  }
  if (tallies.rows.empty()) return work;
  TRY(Bucket first, parse_tally_key(tallies.rows.front().key));
  bool const kept = first.value() + kBucketsAlwaysKept > now.value();
  if (kept || (end_of(first) > oldest && bytes <= options_.bytes)) return work;
  for (kv::Range& range : ranges_up_to(first)) work.batch.erase_range(Table::journal, std::move(range));
  work.more = tallies.rows.size() > 1;
  return work;
}

kv::Ticket<bool> Indexer::commit(Result<Work> work) {
  if (!work) return kv::Ticket<bool>::failed(std::move(work).error());
  if (work->batch.empty()) return kv::Ticket<bool>::done_with(work->more);
  kv::Ticket<bool> const ticket = kv::Ticket<bool>::make();
  committer_.submit(std::move(work->batch), [ticket, more = work->more](Result<> written) {
    ticket.finish(written ? Result<bool>(more) : std::unexpected(std::move(written).error()));
  });
  return ticket;
}

kv::Ticket<bool> Indexer::index_some() {
  return commit(index_work());
}

kv::Ticket<bool> Indexer::expire_some() {
  return commit(expire_work());
}

}  // namespace yubin::journal
