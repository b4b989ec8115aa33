#include "kv/rocks_key_value.h"

#include <fmt/format.h>
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/checkpoint.h>
#include <rocksdb/write_buffer_manager.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <shared_mutex>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "kv/file_system.h"
#include "kv/overlay.h"
#include "kv/page_builder.h"

namespace yubin::kv {

namespace {

constexpr LogEvent kEngineWarning{"kv.engine_warning", LogLevel::warning, "what the storage engine warns of"};
constexpr LogEvent kWriteFailed{"kv.write_failed", LogLevel::error,
                                "a write to the store failed; later ones fail without a line until one succeeds"};
constexpr LogEvent kWritesAgain{"kv.writes_again", LogLevel::warning, "the store is written again after failures"};
constexpr LogEvent kReopened{"kv.reopened", LogLevel::warning, "the store was opened anew after a failed write"};

// RocksDB's own warnings, so that what a recovery drops is seen.
class WarningLog final : public rocksdb::Logger {
 public:
  WarningLog() : Logger(rocksdb::InfoLogLevel::WARN_LEVEL) {}
  using Logger::Logv;
  void Logv(char const* format, va_list arguments) override {
    char line[1024];
    int const length = std::vsnprintf(line, sizeof line, format, arguments);
    if (length > 0) log(kEngineWarning, {{"text", trim(line)}});
  }
};

// RocksDB would resume by itself, on a thread of its own, when there is room again; but only recover() knows what must
// not come back.
class NoRecovery final : public rocksdb::EventListener {
 public:
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status, bool* auto_recovery) override {
    *auto_recovery = false;
  }
};

Error to_error(rocksdb::Status const& status) {
  Errc code = Errc::internal;
  if (status.IsCorruption()) code = Errc::corrupt;
  if (status.IsIOError() || status.IsNoSpace() || status.IsBusy() || status.IsTimedOut() || status.IsAborted() ||
      status.IsIncomplete() || status.IsTryAgain() || status.IsShutdownInProgress()) {
    code = Errc::temporary;
  }
  return {code, status.ToString()};
}

Result<> to_result(rocksdb::Status const& status) {
  if (status.ok()) return {};
  return std::unexpected(to_error(status));
}

rocksdb::Slice slice(std::string_view text) {
  return {text.data(), text.size()};
}

std::string_view view(rocksdb::Slice const& slice) {
  return {slice.data(), slice.size()};
}

rocksdb::DBOptions database_options(RocksKeyValue::Options const& options,
                                    std::shared_ptr<rocksdb::Cache> const& cache) {
  rocksdb::DBOptions database;
  if (options.env != nullptr) database.env = options.env;
  database.create_if_missing = true;
  database.create_missing_column_families = true;
  database.info_log = std::make_shared<WarningLog>();
  database.write_buffer_manager = std::make_shared<rocksdb::WriteBufferManager>(options.write_buffer_bytes, cache);
  database.listeners.push_back(std::make_shared<NoRecovery>());
  database.max_bgerror_resume_count = 0;
  database.max_total_wal_size = options.max_log_bytes;
  database.max_open_files = options.max_open_files;
  database.max_file_opening_threads = 4;  // for each table, and made even if there is nothing to open
  database.max_background_jobs = 2;
  database.bytes_per_sync = 1024 * 1024;  // table files are written back steadily, so a log sync does not wait for them
  database.stats_dump_period_sec = 0;
  database.stats_persist_period_sec = 0;
  database.avoid_flush_during_recovery = true;  // opening anew on a full disk must not need room
  // After a loss of power the unsynced tail of the log may be short, zeros, or have holes. This mode keeps exactly the
  // batches before the first damage: all that were synced, in order, and no later one without those before it.
  // kTolerateCorruptedTailRecords takes only a short tail: it does not start on some holes, and passes over others to
  // apply what follows them. What this mode drops is logged as kv.engine_warning.
  database.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  // An older log that is missing or shorter than it was when it was synced is an error, not a point in time.
  database.track_and_verify_wals_in_manifest = true;
  return database;
}

rocksdb::ColumnFamilyOptions family_options(RocksKeyValue::Options const& options,
                                            std::shared_ptr<rocksdb::Cache> const& cache) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.cache_index_and_filter_blocks = true;  // else they grow with the store, outside of any limit
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  // In pieces, so that looking for one row brings 4 KB of them into a small cache and not megabytes; and in the part of
  // the cache that scans do not empty.
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  table.partition_filters = true;
  table.metadata_block_size = 4096;
  table.cache_index_and_filter_blocks_with_high_priority = true;
  table.pin_top_level_index_and_filter = true;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.block_size = 8 * 1024;
  table.format_version = 5;                       // what RocksDB 7.8 (Debian 12) reads, whatever later ones prefer
  table.checksum = rocksdb::ChecksumType::kXXH3;  // Debian's build computes CRC32C in software

  rocksdb::ColumnFamilyOptions family;
  family.write_buffer_size = options.write_buffer_bytes;
  family.compression = rocksdb::kLZ4Compression;
  family.level_compaction_dynamic_level_bytes = true;
  family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return family;
}

// Why the directory did not open, in a sentence for its administrator.
Error open_error(std::filesystem::path const& directory, rocksdb::Status const& status) {
  std::string const text = status.ToString();
  if (text.contains("Permission denied") || text.contains("Read-only file system")) {
    return {Errc::denied, fmt::format("{} cannot be written: {}", directory.native(), text)};
  }
  if (status.IsIOError() && text.contains("/LOCK")) {
    return {Errc::conflict, fmt::format("{} is in use by another server", directory.native())};
  }
  if (status.IsInvalidArgument() && text.contains("Column families not opened")) {
    return {Errc::conflict, fmt::format("{} was written by a later version of Yubin: it has tables that this one does "
                                        "not know",
                                        directory.native())};
  }
  Error error = to_error(status);
  return {error.code, fmt::format("{} does not open: {}", directory.native(), error.detail)};
}

Result<> make_writable_directory(std::filesystem::path const& directory) {
  if (auto made = posix_file_system().make_directory(directory); !made) {
    return fail(Errc::denied, fmt::format("{} cannot be made: {}", directory.native(), made.error().detail));
  }
  if (::access(directory.c_str(), W_OK | X_OK) != 0) {
    return fail(Errc::denied, fmt::format("{} cannot be written: {}", directory.native(), std::strerror(errno)));
  }
  return {};
}

// Exhausted memory ends the process here: RocksDB is not made for exceptions, and one that passes through it leaves
// behind what the next call trips over (a thread's view of a table still "in use", a write that nobody leads). What is
// on the disk is whole then.
template <class F>
auto whole_or_end(F call) noexcept {
  return call();
}

}  // namespace

struct RocksKeyValue::Impl {
  std::filesystem::path directory;
  Options options;
  std::shared_ptr<rocksdb::Cache> cache;

  std::shared_mutex mutex;  // shared by all use of `database`; alone only to open it anew
  std::unique_ptr<rocksdb::DB> database;
  std::vector<rocksdb::ColumnFamilyHandle*> families;  // one a table, then "default", which holds nothing

  // Only open() and write() use these.
  struct LogEnd {
    std::uint64_t number = 0;
    std::uint64_t size = 0;
  };
  bool failed = false;  // the last write failed
  LogEnd good_end;      // of the write-ahead log, after the last write that did not

  ~Impl() { close(); }

  rocksdb::ColumnFamilyHandle* family(Table table) const { return families[static_cast<std::size_t>(table)]; }
  rocksdb::Status open();
  void close();
  Result<> usable() const;

  Result<std::optional<std::string>> get(Table table, std::string_view key) const;
  Result<std::vector<std::optional<std::string>>> neighbours(Table table, std::span<std::string const> keys) const;
  Result<> look_up(Table table, std::span<std::string const> keys,
                   std::vector<std::optional<std::string>>& values) const;
  Result<bool> holds(Batch::Precondition const& required, Overlay const& before) const;
  Result<Result<>> check(Batch const& batch, Overlay const& before) const;
  void add(Batch::Operation const& operation, rocksdb::WriteBatch& out) const;
  Result<std::vector<Result<>>> write(std::span<Batch const* const> batches);
  Result<> recover();
  void note_good_end();
  Result<> cut_log() const;
  bool directory_is_healthy() const;
};

rocksdb::Status RocksKeyValue::Impl::open() {
  auto const family_option = family_options(options, cache);
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  descriptors.reserve(kTableCount + 1);
  for (Table table : kTables) descriptors.emplace_back(std::string(table_name(table)), family_option);
  descriptors.emplace_back(rocksdb::kDefaultColumnFamilyName, family_option);
  rocksdb::DB* opened = nullptr;
  auto const database_option = database_options(options, cache);
  auto status = options.read_only
                    ? rocksdb::DB::OpenForReadOnly(database_option, directory.native(), descriptors, &families, &opened)
                    : rocksdb::DB::Open(database_option, directory.native(), descriptors, &families, &opened);
  if (status.ok()) database.reset(opened);
  if (status.ok() && !options.read_only) note_good_end();
  return status;
}

void RocksKeyValue::Impl::note_good_end() {
  std::unique_ptr<rocksdb::LogFile> log;
  if (database->GetCurrentWalFile(&log).ok()) good_end = {log->LogNumber(), log->SizeFileBytes()};
}

// Takes out of the log what was written after the last good write. Else it could come back, when the log is read next,
// among batches that were made without it.
Result<> RocksKeyValue::Impl::cut_log() const {
  std::error_code error;
  for (std::filesystem::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    std::string const name = entry->path().stem();
    auto const number = entry->path().extension() == ".log" ? parse_number(name) : std::nullopt;
    if (!number || *number < good_end.number) continue;
    std::uint64_t const keep = *number == good_end.number ? good_end.size : 0;
    if (entry->file_size(error) <= keep || error) continue;
    std::filesystem::resize_file(entry->path(), keep, error);
  }
  if (error) return fail(Errc::temporary, fmt::format("the log cannot be cut: {}", error.message()));
  return {};
}

void RocksKeyValue::Impl::close() {
  if (!database) return;
  for (auto* handle : families) (void)database->DestroyColumnFamilyHandle(handle);  // cannot fail for open ones
  families.clear();
  (void)database->Close();  // every acknowledged write is synced already
  database.reset();
}

Result<> RocksKeyValue::Impl::usable() const {
  if (database) return {};
  return fail(Errc::temporary, fmt::format("{} could not be opened anew after a failed write", directory.native()));
}

Result<std::optional<std::string>> RocksKeyValue::Impl::get(Table table, std::string_view key) const {
  TRY_VOID(usable());
  rocksdb::PinnableSlice value;
  auto const status = database->Get({}, family(table), slice(key), &value);
  if (status.IsNotFound()) return std::nullopt;
  TRY_VOID(to_result(status));
  return std::string(view(value));
}

// The first of `keys`, as far as they rise and hardly another row stands between one and the next: they are walked to,
// at a fraction of what it costs to look each up. So lie the bodies of a mailbox that were delivered one after the
// other.
Result<std::vector<std::optional<std::string>>> RocksKeyValue::Impl::neighbours(
    Table table, std::span<std::string const> keys) const {
  constexpr std::size_t kFewest = 4;
  constexpr int kSteps = 4;
  std::vector<std::optional<std::string>> values;
  if (keys.size() < kFewest) return values;
  rocksdb::ReadOptions reading;
  reading.max_skippable_internal_keys = 16;  // of erased rows, which are stepped over unseen
  std::unique_ptr<rocksdb::Iterator> const row(database->NewIterator(reading, family(table)));
  row->Seek(slice(keys.front()));
  for (std::string const& key : keys) {
    if (!values.empty() && key <= keys[values.size() - 1]) break;
    for (int step = 0; step < kSteps && row->Valid() && view(row->key()) < key; ++step) row->Next();
    if (!row->Valid() || view(row->key()) < key) break;
    values.push_back(view(row->key()) == key ? std::optional(std::string(view(row->value()))) : std::nullopt);
  }
  if (row->status().IsIncomplete()) return values;
  TRY_VOID(to_result(row->status()));
  return values;
}

// Adds those of `keys`.
Result<> RocksKeyValue::Impl::look_up(Table table, std::span<std::string const> keys,
                                      std::vector<std::optional<std::string>>& values) const {
  std::vector<rocksdb::Slice> slices(keys.begin(), keys.end());
  std::vector<rocksdb::PinnableSlice> found(keys.size());
  std::vector<rocksdb::Status> statuses(keys.size());
  database->MultiGet({}, family(table), keys.size(), slices.data(), found.data(), statuses.data());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    values.emplace_back();
    if (statuses[i].IsNotFound()) continue;
    TRY_VOID(to_result(statuses[i]));
    values.back() = std::string(view(found[i]));
  }
  return {};
}

// ---- writing

Result<bool> RocksKeyValue::Impl::holds(Batch::Precondition const& required, Overlay const& before) const {
  auto const found = before.find(required.table, required.key);
  if (found.known) return found.value == required.value;
  TRY(auto value, get(required.table, required.key));
  return value == required.value;
}

// The inner result is the batch's own; the outer one says that the store could not be read.
Result<Result<>> RocksKeyValue::Impl::check(Batch const& batch, Overlay const& before) const {
  if (auto limits = check_limits(batch); !limits) return limits;
  for (auto const& required : batch.preconditions()) {
    TRY(bool const good, holds(required, before));
    if (!good) return Result<>(fail(Errc::conflict, "a row has changed"));
  }
  return Result<>();
}

void RocksKeyValue::Impl::add(Batch::Operation const& operation, rocksdb::WriteBatch& out) const {
  // None of these fails: the batch has no size limit, and the families are open.
  if (auto const* put = std::get_if<Batch::Put>(&operation)) {
    (void)out.Put(family(put->table), slice(put->key), slice(put->value));
  } else if (auto const* erase = std::get_if<Batch::Erase>(&operation)) {
    (void)out.Delete(family(erase->table), slice(erase->key));
  } else {
    auto const& [table, range] = std::get<Batch::EraseRange>(operation);
    if (range.from < range.to) (void)out.DeleteRange(family(table), slice(range.from), slice(range.to));
  }
}

Result<std::vector<Result<>>> RocksKeyValue::Impl::write(std::span<Batch const* const> batches) {
  std::shared_lock lock(mutex);
  TRY_VOID(usable());
  bool const any_precondition =
      std::ranges::any_of(batches, [](Batch const* batch) { return !batch->preconditions().empty(); });
  Overlay before;  // the batches already taken, which preconditions of later ones see
  rocksdb::WriteBatch out;
  std::vector<Result<>> results;
  results.reserve(batches.size());
  for (auto const* batch : batches) {
    TRY(auto checked, check(*batch, before));
    results.push_back(checked);
    if (!checked) continue;
    for (auto const& operation : batch->operations()) {
      add(operation, out);
      if (any_precondition) before.apply(operation, 0);
    }
  }
  if (out.Count() == 0) return results;
  rocksdb::WriteOptions synced;
  synced.sync = true;
  TRY_VOID(to_result(database->Write(synced, &out)));
  return results;
}

// Whether writing is likely to succeed again.
bool RocksKeyValue::Impl::directory_is_healthy() const {
  constexpr std::size_t kProbe = 1024 * 1024;
  auto* const env = options.env != nullptr ? options.env : rocksdb::Env::Default();
  std::string const probe = directory / "probe";
  auto const status = rocksdb::WriteStringToFile(env, std::string(kProbe, 'p'), probe, true);
  (void)env->DeleteFile(probe);  // it may not be there
  return status.ok();
}

// RocksDB refuses all writes after a failed one, and what of that one is in the log is not known. So the log is cut
// back to what was synced, and the database opened anew: nothing of the failed write is ever seen, before or after a
// restart, and what is read until then is what was before it.
Result<> RocksKeyValue::Impl::recover() {
  if (!directory_is_healthy()) return fail(Errc::temporary, fmt::format("{} cannot be written", directory.native()));
  std::unique_lock lock(mutex);
  close();
  TRY_VOID(cut_log());
  auto const status = open();
  log(kReopened, {{"directory", directory.native()}, {"status", status.ToString()}});
  return to_result(status);
}

// ---- the engine

RocksKeyValue::RocksKeyValue(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RocksKeyValue::~RocksKeyValue() = default;

Result<std::unique_ptr<RocksKeyValue>> RocksKeyValue::open(std::filesystem::path const& directory,
                                                           Options const& options) {
  if (!options.read_only) TRY_VOID(make_writable_directory(directory));
  // RocksDB would make the folder before it finds that there is nothing to read.
  if (options.read_only && !std::filesystem::exists(directory))
    return fail(Errc::not_found, fmt::format("{}: there is no store", directory.native()));
  auto impl = std::make_unique<Impl>();
  impl->directory = directory;
  impl->options = options;
  // Half of it for indexes and filters. What write buffers take is charged to it, so it bounds both together.
  impl->cache = rocksdb::NewLRUCache(options.block_cache_bytes + options.write_buffer_bytes, -1, false, 0.5);
  auto const status = impl->open();
  if (!status.ok()) return std::unexpected(open_error(directory, status));
  return std::unique_ptr<RocksKeyValue>(new RocksKeyValue(std::move(impl)));
}

Result<std::optional<std::string>> RocksKeyValue::get(Table table, std::string_view key) const {
  return whole_or_end([&]() -> Result<std::optional<std::string>> {
    std::shared_lock lock(impl_->mutex);
    return impl_->get(table, key);
  });
}

Result<std::vector<std::optional<std::string>>> RocksKeyValue::multi_get(Table table,
                                                                         std::span<std::string const> keys) const {
  return whole_or_end([&]() -> Result<std::vector<std::optional<std::string>>> {
    std::shared_lock lock(impl_->mutex);
    TRY_VOID(impl_->usable());
    TRY(std::vector<std::optional<std::string>> values, impl_->neighbours(table, keys));
    TRY_VOID(impl_->look_up(table, keys.subspan(values.size()), values));
    return values;
  });
}

Result<Page> RocksKeyValue::scan(Table table, Range const& range, Limit limit) const {
  return whole_or_end([&]() -> Result<Page> {
    std::shared_lock lock(impl_->mutex);
    TRY_VOID(impl_->usable());
    rocksdb::Slice const end = slice(range.to);
    rocksdb::ReadOptions reading;
    // Bodies are scanned only to count or check all of them; the cache is for what clients look at.
    reading.fill_cache = table != Table::body;
    if (!range.to.empty()) reading.iterate_upper_bound = &end;
    std::unique_ptr<rocksdb::Iterator> row(impl_->database->NewIterator(reading, impl_->family(table)));
    PageBuilder page(limit);
    for (row->Seek(slice(range.from)); row->Valid(); row->Next()) {
      if (!page.add(view(row->key()), view(row->value()))) break;
    }
    TRY_VOID(to_result(row->status()));
    return page.take();
  });
}

Result<std::vector<Result<>>> RocksKeyValue::write(std::span<Batch const* const> batches) {
  return whole_or_end([&]() -> Result<std::vector<Result<>>> {
    if (impl_->options.read_only) return fail(Errc::denied, "this store is open for reading only");
    bool const failed_before = impl_->failed;
    if (failed_before) TRY_VOID(impl_->recover());
    auto results = impl_->write(batches);
    // It may be no fault of this write: RocksDB refuses all of them once a flush of its own has failed.
    if (!results && !failed_before && impl_->recover()) results = impl_->write(batches);
    impl_->failed = !results.has_value();
    if (!results && !failed_before) log(kWriteFailed, {{"error", results.error().detail}});
    if (results) impl_->note_good_end();
    if (results && failed_before) log(kWritesAgain, {{"directory", impl_->directory.native()}});
    return results;
  });
}

Result<> RocksKeyValue::checkpoint(std::filesystem::path const& directory) const {
  return whole_or_end([&]() -> Result<> {
    std::shared_lock lock(impl_->mutex);
    TRY_VOID(impl_->usable());
    rocksdb::Checkpoint* made = nullptr;
    TRY_VOID(to_result(rocksdb::Checkpoint::Create(impl_->database.get(), &made)));
    std::unique_ptr<rocksdb::Checkpoint> const checkpoint(made);
    return to_result(checkpoint->CreateCheckpoint(directory.native()));
  });
}

}  // namespace yubin::kv
