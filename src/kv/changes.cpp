// What a running change sees and puts.
#include <algorithm>
#include <map>

#include "base/assert.h"
#include "kv/changer.h"
#include "kv/overlay.h"
#include "kv/page_builder.h"

namespace yubin::kv {

Changes::Changes(KeyValue const& engine, std::vector<AccountId> const& accounts, std::vector<Overlay const*> overlays)
    : engine_(engine), accounts_(accounts), overlays_(std::move(overlays)), own_(std::make_unique<Overlay>()) {}

Changes::~Changes() = default;

Result<std::optional<std::string>> Changes::get(Table table, std::string_view key) const {
  auto const as_text = [](Overlay::Found const& found) -> std::optional<std::string> {
    if (!found.value) return std::nullopt;
    return std::string(*found.value);
  };
  if (auto const found = own_->find(table, key); found.known) return as_text(found);
  for (auto const* overlay : overlays_) {
    if (auto const found = overlay->find(table, key); found.known) return as_text(found);
  }
  return engine_.get(table, key);
}

Result<Page> Changes::scan(Table table, Range const& range, Limit limit) const {
  std::vector<Overlay const*> above;  // in the order in which they were put: accounts share no key
  for (auto const* overlay : overlays_) {
    if (overlay->touches(table)) above.push_back(overlay);
  }
  if (own_->touches(table)) above.push_back(own_.get());
  if (above.empty()) return engine_.scan(table, range, limit);

  Range rest = range;
  for (;;) {
    TRY(Page committed, engine_.scan(table, rest, limit));
    Range const covered{rest.from, committed.next.value_or(range.to)};
    std::map<std::string, std::string> rows;
    for (auto& row : committed.rows) rows.emplace_hint(rows.end(), std::move(row.key), std::move(row.value));
    for (auto const* overlay : above) overlay->merge(table, covered, rows);
    PageBuilder builder(limit);
    bool const all = std::ranges::all_of(rows, [&](auto const& row) { return builder.add(row.first, row.second); });
    Page page = builder.take();
    if (all) page.next = committed.next;
    // All rows of the committed page may have been erased; an answer without rows must mean the end.
    if (!page.rows.empty() || !page.next) return page;
    rest.from = *page.next;
  }
}

// Both keys must belong to one account of this change.
void Changes::check_own(Table table, std::string_view first_key, std::string_view last_key) const {
  auto const account = account_of(table, first_key);
  YUBIN_ASSERT(account && account == account_of(table, last_key));
  YUBIN_ASSERT(std::ranges::binary_search(accounts_, *account));
}

void Changes::add(Batch::Operation operation) {
  own_->apply(operation, 0);
  batch_.add(std::move(operation));
}

void Changes::put(Table table, std::string key, std::string value) {
  check_own(table, key, key);
  add(Batch::Put{table, std::move(key), std::move(value)});
}

void Changes::erase(Table table, std::string key) {
  check_own(table, key, key);
  add(Batch::Erase{table, std::move(key)});
}

void Changes::erase_range(Table table, Range range) {
  if (range.to <= range.from) return;
  // The end itself is outside: what ends with the account's last key ends at the next account's first.
  bool const to_its_end = table == Table::mail && range.to == prefix_end(range.from.substr(0, sizeof(AccountId::rep)));
  check_own(table, range.from, to_its_end ? range.from : range.to);
  add(Batch::EraseRange{table, std::move(range)});
}

void Changes::put_blind(Table table, std::string key, std::string value) {
  batch_.put(table, std::move(key), std::move(value));
}

void Changes::erase_blind(Table table, std::string key) {
  batch_.erase(table, std::move(key));
}

void Changes::after_commit(std::move_only_function<void()> callback) {
  after_commit_.push_back(std::move(callback));
}

}  // namespace yubin::kv
