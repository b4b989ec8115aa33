#include "bench/group_commit.h"

#include <fcntl.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "bench/mail.h"

namespace yubin::bench {

namespace {

constexpr std::uint64_t kFileBytes = 256 * 1024 * 1024;  // then it begins again, so that no disk is filled

struct Handed {
  std::string bytes;
  double begun = 0;
};

// What waits, one queue each way.
class Queue {
 public:
  void put(std::vector<Handed> items) {
    std::lock_guard lock(mutex_);
    for (Handed& item : items) waiting_.push_back(std::move(item));
    changed_.notify_one();
  }
  // All that waits; blocks until something does or stop() was called (then empty).
  std::vector<Handed> take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return stopped_ || !waiting_.empty(); });
    return std::exchange(waiting_, {});
  }
  void stop() {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Handed> waiting_;
  bool stopped_ = false;
};

void append_and_sync(int file, std::vector<Handed> const& group, std::uint64_t& at) {
  for (Handed const& item : group) {
    if (at > kFileBytes) at = 0;
    if (::pwrite(file, item.bytes.data(), item.bytes.size(), static_cast<off_t>(at)) < 0)
      throw std::system_error(errno, std::generic_category(), "pwrite");
    at += item.bytes.size();
  }
  if (::fdatasync(file) != 0) throw std::system_error(errno, std::generic_category(), "fdatasync");
}

}  // namespace

Rate run_group_commit(std::filesystem::path const& directory, std::size_t size, unsigned writers,
                      std::uint64_t messages) {
  std::filesystem::path const path = directory / "group-commit";
  int const file = ::open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  if (file < 0) throw std::system_error(errno, std::generic_category(), path.string());
  Queue to_disk;
  Queue to_writers;
  std::jthread committing([&] {
    std::uint64_t at = 0;
    for (;;) {
      std::vector<Handed> group = to_disk.take();
      if (group.empty()) return;
      append_and_sync(file, group, at);
      to_writers.put(std::move(group));
    }
  });

  std::string const message = make_mail(1, size);
  Rate rate;
  ProcessUse const before = ProcessUse::now();
  double const start = seconds_now();
  std::vector<Handed> first;
  for (unsigned i = 0; i < writers; ++i) first.push_back({message, seconds_now()});
  std::uint64_t handed = first.size();
  to_disk.put(std::move(first));
  while (rate.messages < messages) {
    std::vector<Handed> done = to_writers.take();
    double const now = seconds_now();
    std::vector<Handed> next;
    for (Handed& item : done) {
      rate.latencies.add(now - item.begun);
      ++rate.messages;
      if (handed == messages) continue;
      ++handed;
      item.bytes.assign(message);  // a message comes in by a copy at least
      item.begun = now;
      next.push_back(std::move(item));
    }
    if (!next.empty()) to_disk.put(std::move(next));
  }
  rate.seconds = seconds_now() - start;
  ProcessUse const after = ProcessUse::now();
  rate.cpu = after.cpu - before.cpu;
  rate.written_bytes = after.written_bytes - before.written_bytes;
  to_disk.stop();
  committing.join();
  ::close(file);
  std::filesystem::remove(path);
  return rate;
}

}  // namespace yubin::bench
