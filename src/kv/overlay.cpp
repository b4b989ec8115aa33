#include "kv/overlay.h"

#include <algorithm>

namespace yubin::kv {

namespace {

bool inside(Range const& range, std::string_view key) {
  return key >= range.from && (range.to.empty() || key < range.to);
}

// The entries of an ordered map with keys in the range.
template <class Map>
auto span_of(Map& map, Range const& range) {
  auto first = map.lower_bound(range.from);
  auto last = range.to.empty() ? map.end() : map.lower_bound(range.to);
  return std::pair(first, last);
}

bool is_backward(Range const& range) {
  return !range.to.empty() && range.to <= range.from;
}

}  // namespace

void Overlay::set(Table table, std::string const& key, std::optional<std::string> value, Sequence sequence) {
  changes(table).entries.insert_or_assign(key, Entry{sequence, std::move(value)});
  touched_.push_back({sequence, table, key});
}

void Overlay::apply(Batch::Operation const& operation, Sequence sequence) {
  if (auto const* put = std::get_if<Batch::Put>(&operation)) {
    set(put->table, put->key, put->value, sequence);
  } else if (auto const* erase = std::get_if<Batch::Erase>(&operation)) {
    set(erase->table, erase->key, std::nullopt, sequence);
  } else {
    auto const& range = std::get<Batch::EraseRange>(operation);
    if (is_backward(range.range)) return;
    auto& table = changes(range.table);
    auto [first, last] = span_of(table.entries, range.range);
    table.entries.erase(first, last);
    table.erased.push_back({sequence, range.range});
  }
}

void Overlay::forget(Sequence up_to) {
  while (!touched_.empty() && touched_.front().sequence <= up_to) {
    auto& entries = changes(touched_.front().table).entries;
    auto entry = entries.find(touched_.front().key);
    if (entry != entries.end() && entry->second.sequence <= up_to) entries.erase(entry);
    touched_.pop_front();
  }
  for (auto& table : tables_) {
    std::erase_if(table.erased, [&](Erased const& erased) { return erased.sequence <= up_to; });
  }
}

void Overlay::clear() {
  *this = Overlay();
}

Overlay::Found Overlay::find(Table table, std::string_view key) const {
  auto const& here = changes(table);
  auto entry = here.entries.find(key);
  if (entry != here.entries.end()) return {true, entry->second.value};
  for (auto const& erased : here.erased) {
    if (inside(erased.range, key)) return {true, std::nullopt};
  }
  return {};
}

void Overlay::merge(Table table, Range const& range, std::map<std::string, std::string>& rows) const {
  if (is_backward(range)) return;
  auto const& here = changes(table);
  for (auto const& erased : here.erased) {
    auto [first, last] = span_of(rows, erased.range);
    rows.erase(first, last);
  }
  auto [first, last] = span_of(here.entries, range);
  for (auto entry = first; entry != last; ++entry) {
    if (entry->second.value) {
      rows.insert_or_assign(entry->first, *entry->second.value);
    } else {
      rows.erase(entry->first);
    }
  }
}

bool Overlay::touches(Table table) const {
  return !changes(table).entries.empty() || !changes(table).erased.empty();
}

bool Overlay::empty() const {
  return std::ranges::none_of(kTables, [&](Table table) { return touches(table); });
}

}  // namespace yubin::kv
