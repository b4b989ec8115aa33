#include "journal/index_rows.h"

#include <algorithm>

#include "base/bytes.h"

namespace yubin::journal {

namespace {

constexpr std::uint8_t kVersion = 1;
constexpr char kPosting = 'i';
constexpr std::uint64_t kBucketMicros = std::chrono::microseconds(kBucketTime).count();
constexpr std::uint64_t kMinuteMicros = std::chrono::microseconds(std::chrono::minutes(1)).count();
constexpr std::uint16_t kNewestFirst = 0xffff;

std::unexpected<Error> corrupt(std::string_view what) {
  return fail(Errc::corrupt, "journal: " + std::string(what));
}

Result<ByteReader> versioned(std::string_view value) {
  ByteReader reader(value);
  TRY(std::uint8_t version, reader.u8());
  if (version != kVersion) return corrupt("index row of an unknown version");
  return reader;
}

std::string posting_prefix(Bucket bucket, Term term) {
  std::string key(1, kPosting);
  ByteWriter writer(key);
  writer.u32(bucket.value());
  writer.u8(static_cast<std::uint8_t>(term.field));
  writer.u64(term.hash);
  return key;
}

// The id after `last`: both halves as differences, the lower one of any sign.
Result<EntryId> next_id(ByteReader& reader, EntryId last) {
  TRY(std::uint64_t high, reader.varint());
  TRY(std::int64_t low, reader.signed_varint());
  EntryId const id(last.high() + high, last.low() + static_cast<std::uint64_t>(low));
  if (id <= last) return corrupt("ids of a posting do not rise");
  return id;
}

}  // namespace

Bucket bucket_of(EntryId id) {
  return Bucket(static_cast<std::uint32_t>(id.high() / kBucketMicros));
}

WallTime begin_of(Bucket bucket) {
  return WallTime(std::chrono::microseconds(static_cast<std::int64_t>(bucket.value() * kBucketMicros)));
}

std::uint16_t minute_of(EntryId id) {
  return static_cast<std::uint16_t>(id.high() % kBucketMicros / kMinuteMicros);
}

EntryId first_id(WallTime time) {
  return {static_cast<std::uint64_t>(std::max<std::int64_t>(time.time_since_epoch().count(), 0)), 0};
}

std::string mark_key(EntryId id) {
  return std::string(kMarks) + id.bytes();
}

Result<EntryId> parse_mark_key(std::string_view key) {
  if (!key.starts_with(kMarks)) return corrupt("no mark of an entry");
  return EntryId::from_bytes(key.substr(kMarks.size()));
}

kv::Row encode_posting(Posting const& posting) {
  kv::Row row{posting_prefix(posting.bucket, posting.term), std::string(1, static_cast<char>(kVersion))};
  ByteWriter(row.key).u16(static_cast<std::uint16_t>(kNewestFirst - posting.minute));
  row.key += posting.ids.front().bytes();
  ByteWriter value(row.value);
  for (std::size_t i = 1; i < posting.ids.size(); ++i) {
    value.varint(posting.ids[i].high() - posting.ids[i - 1].high());
    value.signed_varint(static_cast<std::int64_t>(posting.ids[i].low() - posting.ids[i - 1].low()));
  }
  return row;
}

Result<Posting> decode_posting(std::string_view key, std::string_view value) {
  ByteReader reader(key);
  TRY(std::uint8_t letter, reader.u8());
  if (letter != static_cast<std::uint8_t>(kPosting)) return corrupt("no posting");
  Posting posting;
  TRY(std::uint32_t bucket, reader.u32());
  posting.bucket = Bucket(bucket);
  TRY(std::uint8_t field, reader.u8());
  posting.term.field = static_cast<Field>(field);
  TRY(posting.term.hash, reader.u64());
  TRY(std::uint16_t minute, reader.u16());
  posting.minute = static_cast<std::uint16_t>(kNewestFirst - minute);
  TRY(EntryId id, EntryId::from_bytes(reader.rest()));
  posting.ids.push_back(id);
  TRY(ByteReader others, versioned(value));
  while (!others.at_end()) {
    TRY(id, next_id(others, id));
    posting.ids.push_back(id);
  }
  bool const here = std::ranges::all_of(
      posting.ids, [&](EntryId one) { return bucket_of(one) == posting.bucket && minute_of(one) == posting.minute; });
  if (!here) return corrupt("a posting with ids of another time");
  return posting;
}

kv::Range posting_range(Bucket bucket, Term term, std::uint16_t newest_minute) {
  std::string const prefix = posting_prefix(bucket, term);
  kv::Range range = kv::prefix_range(prefix);
  ByteWriter(range.from).u16(static_cast<std::uint16_t>(kNewestFirst - newest_minute));
  return range;
}

std::string tally_key(Bucket bucket) {
  std::string key(kTallies);
  ByteWriter(key).u32(bucket.value());
  return key;
}

Result<Bucket> parse_tally_key(std::string_view key) {
  if (!key.starts_with(kTallies)) return corrupt("no tally");
  ByteReader reader(key.substr(kTallies.size()));
  TRY(std::uint32_t bucket, reader.u32());
  return Bucket(bucket);
}

std::string encode_tally(Tally const& tally) {
  std::string value(1, static_cast<char>(kVersion));
  ByteWriter writer(value);
  writer.varint(tally.entries);
  writer.varint(tally.bytes);
  return value;
}

Result<Tally> decode_tally(std::string_view value) {
  TRY(ByteReader reader, versioned(value));
  Tally tally;
  TRY(tally.entries, reader.varint());
  TRY(tally.bytes, reader.varint());
  if (!reader.at_end()) return corrupt("bytes after a tally");
  return tally;
}

std::string encode_marked(std::optional<EntryId> next) {
  std::string value(1, static_cast<char>(kVersion));
  if (next) value += next->bytes();
  return value;
}

Result<std::optional<EntryId>> decode_marked(std::string_view value) {
  TRY(ByteReader reader, versioned(value));
  if (reader.at_end()) return std::nullopt;
  TRY(EntryId next, EntryId::from_bytes(reader.rest()));
  return next;
}

std::vector<kv::Range> ranges_up_to(Bucket bucket) {
  EntryId const end = first_id(end_of(bucket));
  Bucket const next(bucket.value() + 1);
  std::string postings_end(1, kPosting);
  ByteWriter(postings_end).u32(next.value());
  return {{std::string(1, '\0'), end.bytes()},
          {std::string(kMarks), mark_key(end)},
          {std::string(1, kPosting), std::move(postings_end)},
          {std::string(kTallies), tally_key(next)}};
}

}  // namespace yubin::journal
