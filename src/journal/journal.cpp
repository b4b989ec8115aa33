#include "journal/journal.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "base/log.h"
#include "journal/gathering.h"
#include "journal/index_rows.h"
#include "journal/indexer.h"
#include "journal/query.h"
#include "journal/record.h"

namespace yubin::journal {

namespace {

using kv::Table;

constexpr LogEvent kNotWritten{"journal.not_written", LogLevel::error,
                               "entries that nobody waits for could not be written to the journal"};
constexpr Kind kKinds[] = {Kind::message, Kind::refusal, Kind::login, Kind::change, Kind::connection, Kind::delivery};
constexpr std::uint64_t kBudgetShare = 8;
constexpr std::size_t kMaxNoted = 256 * 1024;  // bytes; more does not wait for the second to be over

void add(kv::Batch& batch, Entry const& entry) {
  batch.put(Table::journal, entry.id.bytes(), encode_entry(entry));
  batch.put(Table::journal, mark_key(entry.id), "");
}

Gathering::Options gathering_options(Options const& options) {
  auto const days = static_cast<std::uint64_t>(std::max<std::int64_t>(options.days.count(), 1));
  return {.single_a_minute = options.single_a_minute, .bytes_a_day = options.bytes / kBudgetShare / days};
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

std::optional<Kind> parse_kind(std::string_view word) {
  auto const* kind = std::ranges::find(kKinds, word, [](Kind one) { return to_string(one); });
  return kind == std::end(kKinds) ? std::nullopt : std::optional(*kind);
}

struct Journal::Background {
  Background(Services const& services, Options const& options)
      : indexer(services.key_value, services.committer, services.clock, options),
        gathering(services.ids, services.clock, gathering_options(options)) {}

  Indexer indexer;
  std::mutex mutex;  // of what follows
  Gathering gathering;
  kv::Batch noted;
};

Journal::Journal(Services services, Options const& options)
    : services_(services), background_(std::make_unique<Background>(services_, options)) {}

Journal::~Journal() {
  for (Entry const& sum : background_->gathering.take_sums(/*all=*/true)) add(background_->noted, sum);
  (void)commit(std::move(background_->noted));  // the committer ends after this, and says so if it fails
}

void Journal::put(kv::Changes& changes, Entry const& entry) {
  changes.put_blind(Table::journal, entry.id.bytes(), encode_entry(entry));
  changes.put_blind(Table::journal, mark_key(entry.id), "");
}

kv::Ticket<void> Journal::append(Entry entry) {
  // No account: it waits for no other change.
  return services_.changer.change<void>({}, Lane::delivery,
                                        [entry = std::move(entry)](kv::Changes& changes) -> Result<> {
                                          put(changes, entry);
                                          return {};
                                        });
}

void Journal::note(Entry entry) {
  kv::Batch full;
  {
    std::lock_guard lock(background_->mutex);
    if (!background_->gathering.admit(entry)) return;
    add(background_->noted, entry);
    if (background_->noted.bytes() < kMaxNoted) return;
    full = std::exchange(background_->noted, {});
  }
  (void)commit(std::move(full));  // a failure is logged there
}

kv::Ticket<void> Journal::write_noted() {
  kv::Batch batch;
  {
    std::lock_guard lock(background_->mutex);
    for (Entry const& sum : background_->gathering.take_sums()) add(background_->noted, sum);
    batch = std::exchange(background_->noted, {});
  }
  return commit(std::move(batch));
}

kv::Ticket<void> Journal::commit(kv::Batch batch) {
  if (batch.empty()) return kv::Ticket<void>::done_with({});
  kv::Ticket<void> const ticket = kv::Ticket<void>::make();
  services_.committer.submit(std::move(batch), [ticket](Result<> written) {
    if (!written) log(kNotWritten, {{"detail", written.error().detail}});
    ticket.finish(std::move(written));
  });
  return ticket;
}

Result<std::optional<Entry>> Journal::find(EntryId id) const {
  TRY(std::optional<std::string> record, services_.key_value.get(Table::journal, id.bytes()));
  if (!record) return std::nullopt;
  TRY(Entry entry, decode_entry(id, *record));
  return entry;
}

Result<Found> Journal::search(Query const& query) const {
  return journal::search(services_.key_value, query);
}

kv::Ticket<bool> Journal::index_some() {
  return background_->indexer.index_some();
}

kv::Ticket<bool> Journal::expire_some() {
  return background_->indexer.expire_some();
}

}  // namespace yubin::journal
