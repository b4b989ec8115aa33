#include "journal/journal.h"

#include <algorithm>

#include "journal/record.h"

namespace yubin::journal {

namespace {

using kv::Table;

// The lowest key of an entry made at `time` or later.
std::string first_key(WallTime time) {
  std::int64_t micros = std::max<std::int64_t>(time.time_since_epoch().count(), 0);
  return EntryId(static_cast<std::uint64_t>(micros), 0).bytes();
}

}  // namespace

std::string_view to_string(Kind kind) {
  switch (kind) {
    case Kind::message:
      return "message";
    case Kind::refusal:
      return "refusal";
    case Kind::login:
      return "login";
    case Kind::change:
      return "change";
    case Kind::connection:
      return "connection";
    case Kind::delivery:
      return "delivery";
  }
  return "unknown";
}

Journal::Journal(kv::KeyValue const& key_value, kv::Changer& changer, UniqueIds& ids)
    : key_value_(key_value), changer_(changer), ids_(ids) {}

void Journal::put(kv::Changes& changes, Entry const& entry) {
  changes.put_blind(Table::journal, entry.id.bytes(), encode_entry(entry));
}

kv::Ticket<void> Journal::append(Entry entry) {
  // No account: it waits for no other change.
  return changer_.change<void>({}, Lane::delivery, [entry = std::move(entry)](kv::Changes& changes) -> Result<> {
    put(changes, entry);
    return {};
  });
}

Result<std::optional<Entry>> Journal::find(EntryId id) const {
  TRY(std::optional<std::string> record, key_value_.get(Table::journal, id.bytes()));
  if (!record) return std::nullopt;
  TRY(Entry entry, decode_entry(id, *record));
  return entry;
}

Result<std::vector<Entry>> Journal::entries(WallTime since, WallTime until, std::size_t limit) const {
  std::vector<Entry> entries;
  if (until <= since) return entries;
  kv::Range range{first_key(since), first_key(until)};
  while (entries.size() < limit) {
    TRY(kv::Page page, key_value_.scan(Table::journal, range, {.rows = limit - entries.size()}));
    for (kv::Row const& row : page.rows) {
      TRY(EntryId id, EntryId::from_bytes(row.key));
      TRY(Entry entry, decode_entry(id, row.value));
      entries.push_back(std::move(entry));
    }
    if (!page.next) break;
    range.from = std::move(*page.next);
  }
  return entries;
}

}  // namespace yubin::journal
