#include "backup/service.h"

namespace yubin::backup {

namespace {

void work(std::vector<std::move_only_function<void()>> jobs) {
  for (auto& job : jobs) job();
}

}  // namespace

Service::Service(Services services, Options options)
    : services_(services), options_(std::move(options)), thread_(work) {}

void Service::create(std::filesystem::path target, OnCreated done) {
  thread_.push([this, target = std::move(target), done = std::move(done)]() mutable {
    Source const source{services_.rows, services_.bodies, options_.directory, options_.files, kv::posix_file_system()};
    done(backup::create(source, target, services_.ids, services_.clock));
  });
}

void Service::restore(std::filesystem::path backup, Wanted wanted, OnRestored done) {
  thread_.push([this, backup = std::move(backup), wanted = std::move(wanted), done = std::move(done)]() mutable {
    auto run = [&]() -> Result<Restored> {
      TRY(Found chosen, choose(backup));
      TRY(std::unique_ptr<Reader> reader, Reader::open(chosen.path));
      return restore_messages(*reader, wanted, services_.directory, services_.store);
    };
    done(run());
  });
}

}  // namespace yubin::backup
