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
  // All outlive this. Callbacks run on the service's thread.
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
  };
  using OnCreated = std::move_only_function<void(Result<Created>)>;
  using OnRestored = std::move_only_function<void(Result<Restored>)>;

  Service(Services services, Options options);
  // Waits for what was asked for. No request comes any more.
  ~Service() = default;
  Service(Service const&) = delete;
  Service& operator=(Service const&) = delete;

  // Any thread; neither blocks.
  void create(std::filesystem::path target, OnCreated done);
  void restore(std::filesystem::path backup, Wanted wanted, OnRestored done);

 private:
  using Job = std::move_only_function<void()>;

  Services services_;
  Options const options_;
  kv::GroupThread<Job> thread_;
};

}  // namespace yubin::backup
