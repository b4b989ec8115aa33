// Backups of a store that is in use: one thread that makes them, and brings messages back, one request after the other.
#pragma once

#include <filesystem>
#include <functional>
#include <vector>

#include "backup/create.h"
#include "backup/messages.h"
#include "kv/group_thread.h"

namespace yubin::backup {

class Service {
 public:
  // All outlive this. Callbacks run on the service's thread, where nothing else is said.
  struct Services {
    kv::RocksKeyValue const& rows;
    kv::SegmentBodies& bodies;
    store::Store& store;
    directory::Directory& directory;
    UniqueIds& ids;
    Clock const& clock;
  };
  struct Options {
    std::filesystem::path directory;           // of the store
    std::vector<std::filesystem::path> files;  // configuration, certificates, keys: what a backup takes along
    std::filesystem::path backups{};           // requests for other places than below it are denied; empty: none are
  };
  using OnCreated = std::move_only_function<void(Result<Created>)>;
  using OnRestored = std::move_only_function<void(Result<Restored>)>;

  Service(Services services, Options options);
  // Waits for what was asked for. No request comes any more.
  ~Service() = default;
  Service(Service const&) = delete;
  Service& operator=(Service const&) = delete;

  // Any thread; neither blocks. What is denied is answered at once, on the calling thread.
  void create(std::filesystem::path target, OnCreated done);
  void restore(std::filesystem::path backup, Wanted wanted, OnRestored done);

 private:
  using Job = std::move_only_function<void()>;

  Result<> check_place(std::filesystem::path const& path) const;

  Services services_;
  Options const options_;
  kv::GroupThread<Job> thread_;
};

}  // namespace yubin::backup
