// RocksKeyValue: the key-value engine of one machine, on RocksDB: a column family per table, one write-ahead log that
// is synced once per write().
//
// After a failed write (disk full, IO error) reads go on; each later write first tries whether the directory can be
// written again, and goes on without a restart as soon as it can. A batch whose write failed is never seen: not by
// readers, and not after a restart, unless the process ends before the next write.
#pragma once

#include <filesystem>
#include <memory>

#include "kv/key_value.h"

namespace rocksdb {
class Env;
}

namespace yubin::kv {

class RocksKeyValue final : public KeyValue {
 public:
  struct Options {
    std::size_t block_cache_bytes = 32 * 1024 * 1024;   // blocks, indexes and filters, all tables together
    std::size_t write_buffer_bytes = 32 * 1024 * 1024;  // rows not yet in table files, all tables together
    std::size_t max_log_bytes = 64 * 1024 * 1024;       // of the write-ahead log: what a start after a crash reads
    int max_open_files = 512;
    rocksdb::Env* env = nullptr;  // the files; none: the machine's. Outlives the engine
    bool read_only = false;       // nothing in the directory is changed, nor locked; write() is denied
  };

  // Creates the directory if it is missing. One sentence on failure; conflict: another process has it open; denied: it
  // cannot be written; corrupt: what is in it is damaged. What a torn tail of the log holds was never acknowledged and
  // is dropped.
  static Result<std::unique_ptr<RocksKeyValue>> open(std::filesystem::path const& directory, Options const& options);
  ~RocksKeyValue() override;

  Result<std::optional<std::string>> get(Table table, std::string_view key) const override;
  Result<std::vector<std::optional<std::string>>> multi_get(Table table,
                                                            std::span<std::string const> keys) const override;
  Result<Page> scan(Table table, Range const& range, Limit limit) const override;
  Result<std::vector<Result<>>> write(std::span<Batch const* const> batches) override;

  // A copy of this moment that opens as a store, made of hard links where it can be: for backups. `directory` must not
  // exist, its parent must, on the same file system. Any thread.
  Result<> checkpoint(std::filesystem::path const& directory) const;

 private:
  struct Impl;
  explicit RocksKeyValue(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace yubin::kv
