// A shim under a program (LD_PRELOAD) that gives it a slow disk and a clock that jumps. It is told by its environment:
//
//   SLOW_DISK_MS=n         each sync of a file takes so many milliseconds longer
//   CLOCK_JUMP_FILE=/path  the time of day is off by the seconds in this file: 8 bytes, signed, the machine's order.
//                          Who writes it moves the clock of the running program.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <ctime>

namespace {

using Sync = int (*)(int);

// Both are set before main(); a sanitizer asks for the time before that.
timespec extra_wait{};
std::atomic<std::int64_t> const* jump = nullptr;

[[gnu::constructor]] void begin() {
  if (char const* const text = std::getenv("SLOW_DISK_MS")) {
    long const milliseconds = std::atol(text);
    extra_wait = {milliseconds / 1000, milliseconds % 1000 * 1'000'000};
  }
  char const* const path = std::getenv("CLOCK_JUMP_FILE");
  int const descriptor = path == nullptr ? -1 : ::open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return;
  void* const memory = ::mmap(nullptr, sizeof(std::int64_t), PROT_READ, MAP_SHARED, descriptor, 0);
  ::close(descriptor);
  if (memory != MAP_FAILED) jump = static_cast<std::atomic<std::int64_t> const*>(memory);
}

int slow_sync(char const* name, int descriptor) {
  ::nanosleep(&extra_wait, nullptr);
  return reinterpret_cast<Sync>(::dlsym(RTLD_NEXT, name))(descriptor);
}

}  // namespace

extern "C" {

int fsync(int descriptor) {
  return slow_sync("fsync", descriptor);
}

int fdatasync(int descriptor) {
  return slow_sync("fdatasync", descriptor);
}

int clock_gettime(clockid_t clock, timespec* time) noexcept {
  int const result = static_cast<int>(::syscall(SYS_clock_gettime, clock, time));
  bool const is_time_of_day = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
  if (result == 0 && is_time_of_day && jump != nullptr) time->tv_sec += jump->load();
  return result;
}

int gettimeofday(timeval* time, void*) noexcept {
  timespec now{};
  int const result = clock_gettime(CLOCK_REALTIME, &now);
  *time = {now.tv_sec, now.tv_nsec / 1000};
  return result;
}

time_t time(time_t* out) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (out != nullptr) *out = now.tv_sec;
  return now.tv_sec;
}

}  // extern "C"
