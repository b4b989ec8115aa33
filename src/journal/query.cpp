#include "journal/query.h"

#include <algorithm>
#include <span>

#include "base/log.h"
#include "journal/index_rows.h"
#include "journal/record.h"
#include "journal/terms.h"

namespace yubin::journal {

namespace {

using kv::Table;

constexpr LogEvent kUnreadable{"journal.unreadable", LogLevel::error,
                               "an entry of the journal is damaged; passed over"};
constexpr std::size_t kReadAtOnce = 128;
constexpr EntryId kLastId(0x00ff'ffff'ffff'ffff, ~std::uint64_t{0});

// The term that leads to the fewest entries, as far as one can know without counting.
Term best_term(Query const& query) {
  if (!query.message_id.empty()) return Term::of(Field::message_id, bare_message_id(query.message_id));
  if (query.about) return Term::of(Field::about, query.about->text());
  for (std::string const* address : {&query.recipient, &query.user, &query.address, &query.sender}) {
    if (!address->empty()) return Term::of(Field::address, *address);
  }
  if (query.peer) {
    std::vector<PeerNetwork> const indexed = indexed_networks(*query.peer);
    if (!indexed.empty()) return Term::of(indexed.front());
  }
  if (!query.domain.empty()) return Term::of(Field::domain, query.domain);
  if (!query.verdict.empty()) return Term::of(Field::verdict, query.verdict);
  if (!query.service.empty()) return Term::of(Field::service, query.service);
  return {};
}

// One search. Ids that may fit come in falling order, minute by minute; each is looked at until the page is full.
class Search {
 public:
  Search(kv::KeyValue const& key_value, Query const& query)
      : key_value_(key_value),
        query_(query),
        term_(best_term(query)),
        low_(first_id(query.since.value_or(WallTime{}))) {
    end_ = query.until ? first_id(*query.until) : kLastId;
    if (query.before) end_ = std::min(end_, *query.before);
  }

  // The marks are read before the index: whoever is no longer marked then is in the index.
  Result<Found> run() {
    if (query_.limit == 0 || end_ <= low_) return Found{};
    TRY_VOID(read_marked());
    TRY(std::vector<Bucket> buckets, buckets_in_falling_order());
    for (Bucket bucket : buckets) {
      TRY_VOID(search_bucket(bucket));
      if (full_) return std::move(found_);
    }
    TRY_VOID(look_at(take_marked(EntryId{})));
    if (!full_) found_.next.reset();
    return std::move(found_);
  }

 private:
  bool in_range(EntryId id) const { return low_ <= id && id < end_; }

  Result<> read_marked() {
    kv::Range range{mark_key(low_), mark_key(end_)};
    for (;;) {
      TRY(kv::Page page, key_value_.scan(Table::journal, range, {.rows = 10'000}));
      for (kv::Row const& row : page.rows) {
        TRY(EntryId id, parse_mark_key(row.key));
        marked_.push_back(id);
      }
      if (!page.next) return {};
      range.from = std::move(*page.next);
    }
  }

  Result<std::vector<Bucket>> buckets_in_falling_order() const {
    kv::Range range = kv::prefix_range(kTallies);
    std::vector<Bucket> buckets;
    for (;;) {
      TRY(kv::Page page, key_value_.scan(Table::journal, range, {}));
      for (kv::Row const& row : page.rows) {
        TRY(Bucket bucket, parse_tally_key(row.key));
        if (bucket >= bucket_of(low_) && bucket <= bucket_of(end_)) buckets.push_back(bucket);
      }
      if (!page.next) break;
      range.from = std::move(*page.next);
    }
    std::ranges::reverse(buckets);
    return buckets;
  }

  Result<> search_bucket(Bucket bucket) {
    std::uint16_t const newest = bucket == bucket_of(end_) ? minute_of(end_) : std::uint16_t{0xffff};
    kv::Range range = posting_range(bucket, term_, newest);
    std::vector<EntryId> ids;  // of one minute
    std::uint16_t minute = newest;
    while (!full_) {
      TRY(kv::Page page, key_value_.scan(Table::journal, range, {.rows = 256}));
      for (kv::Row const& row : page.rows) {
        TRY(Posting posting, decode_posting(row.key, row.value));
        if (posting.minute != minute) TRY_VOID(look_at(with_marked(std::exchange(ids, {}))));
        minute = posting.minute;
        std::ranges::copy_if(posting.ids, std::back_inserter(ids), [&](EntryId id) { return in_range(id); });
        if (full_) return {};
      }
      if (!page.next) break;
      range.from = std::move(*page.next);
    }
    return look_at(with_marked(std::move(ids)));
  }

  // Marked entries from `from` on, newest first; each is handed out once.
  std::vector<EntryId> take_marked(EntryId from) {
    auto const first = std::ranges::lower_bound(marked_, from);
    std::vector<EntryId> taken(first, marked_.end());
    marked_.erase(first, marked_.end());
    std::ranges::reverse(taken);
    return taken;
  }

  std::vector<EntryId> with_marked(std::vector<EntryId> ids) {
    if (ids.empty()) return ids;
    std::vector<EntryId> const marked = take_marked(std::ranges::min(ids));
    ids.insert(ids.end(), marked.begin(), marked.end());
    std::ranges::sort(ids, std::greater<>());
    ids.erase(std::ranges::unique(ids).begin(), ids.end());
    return ids;
  }

  Result<> look_at(std::vector<EntryId> const& ids) {
    std::span<EntryId const> rest(ids);
    while (!rest.empty() && !full_) {
      std::span<EntryId const> const some = rest.first(std::min(rest.size(), kReadAtOnce));
      rest = rest.subspan(some.size());
      std::vector<std::string> keys;
      for (EntryId id : some) keys.push_back(id.bytes());
      TRY(auto records, key_value_.multi_get(Table::journal, keys));
      for (std::size_t i = 0; i < some.size() && !full_; ++i) look_at(some[i], records[i]);
    }
    return {};
  }

  void look_at(EntryId id, std::optional<std::string> const& record) {
    ++looked_at_;
    found_.next = id;
    full_ = looked_at_ >= query_.max_looked_at;
    if (!record) return;  // too old, and its bucket not yet
    Result<Entry> entry = decode_entry(id, *record);
    if (!entry) return log(kUnreadable, {{"id", id.text()}, {"detail", entry.error().detail}});
    if (!fits(*entry, query_)) return;
    found_.entries.push_back(*std::move(entry));
    full_ = full_ || found_.entries.size() >= query_.limit;
  }

  kv::KeyValue const& key_value_;
  Query const& query_;
  Term const term_;
  EntryId const low_;
  EntryId end_;                  // the first that is not asked for
  std::vector<EntryId> marked_;  // ascending; not in the index, and not looked at
  std::size_t looked_at_ = 0;
  bool full_ = false;
  Found found_;
};

}  // namespace

Result<Found> search(kv::KeyValue const& key_value, Query const& query) {
  return Search(key_value, query).run();
}

}  // namespace yubin::journal
