#include "backup/service.h"

#include <fmt/format.h>

#include <algorithm>

namespace yubin::backup {

namespace {

void work(std::vector<std::move_only_function<void()>> jobs) {
  for (auto& job : jobs) job();
}

// By the names alone; where links lead is the sandbox's concern.
bool is_below(std::filesystem::path const& folder, std::filesystem::path const& path) {
  std::filesystem::path const top = (folder / "").lexically_normal().parent_path();
  std::filesystem::path const normal = path.lexically_normal();
  return std::ranges::mismatch(top, normal).in1 == top.end();
}

}  // namespace

Service::Service(Services services, Options options)
    : services_(services), options_(std::move(options)), thread_(work) {}

// The server's sandbox closes all other folders; this says so in words.
Result<> Service::check_place(std::filesystem::path const& path) const {
  if (options_.backups.empty() || is_below(options_.backups, path)) return {};
  return fail(
      Errc::denied,
      fmt::format("{} is not below {}, and the server keeps backups nowhere else; choose a folder there, or set "
                  "backup.directory in yubin.toml and restart the server",
                  path.native(), options_.backups.native()));
}

void Service::create(std::filesystem::path target, OnCreated done) {
  if (Result<> place = check_place(target); !place) return done(std::unexpected(std::move(place).error()));
  thread_.push([this, target = std::move(target), done = std::move(done)]() mutable {
    Source const source{services_.rows, services_.bodies, options_.directory, options_.files, kv::posix_file_system()};
    done(backup::create(source, target, services_.ids, services_.clock));
  });
}

void Service::restore(std::filesystem::path backup, Wanted wanted, OnRestored done) {
  if (Result<> place = check_place(backup); !place) return done(std::unexpected(std::move(place).error()));
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
