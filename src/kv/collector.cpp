#include "kv/collector.h"

#include "base/log.h"
#include "kv/body_refs.h"

namespace yubin::kv {

namespace {

constexpr LogEvent kBadList{"kv.bad_list_of_unused", LogLevel::error,
                            "a list of bodies that may be unused is damaged; they are kept"};

}  // namespace

Result<Turn> Collector::collect() {
  TRY(Page const page, rows_.scan(Table::body_ref, unused_range(clock_.now() - options_.grace), {.rows = 1}));
  if (page.rows.empty()) return Turn::done;
  Counters const before = counters_;
  Batch batch;
  auto result = collect_row(page.rows.front(), batch);
  if (result) result = committer_.commit(std::move(batch));
  if (!result) {
    counters_ = before;
    return std::unexpected(result.error());
  }
  return page.next ? Turn::more : Turn::done;
}

Result<> Collector::collect_row(Row const& row, Batch& batch) {
  batch.erase(Table::body_ref, row.key);
  auto const bodies = decode_unused(row.value);
  if (!bodies) {
    log(kBadList, {{"key", to_hex(row.key)}, {"error", bodies.error().detail}});
    return {};
  }
  for (BodyId id : *bodies) TRY_VOID(collect_body(id, batch));
  return {};
}

Result<> Collector::collect_body(BodyId id, Batch& batch) {
  ++counters_.looked_at;
  TRY(Page const references, rows_.scan(Table::body_ref, body_refs_range(id), {.rows = 1}));
  if (!references.rows.empty()) return {};
  TRY(auto const place, rows_.get(Table::body, id.bytes()));
  if (!place) return {};  // an earlier list had it too
  TRY_VOID(bodies_.drop(id));
  batch.erase(Table::body, id.bytes());
  ++counters_.dropped;
  return {};
}

}  // namespace yubin::kv
