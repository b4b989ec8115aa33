#include "bench/measure.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>

namespace yubin::bench {

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void Latencies::merge(Latencies const& other) {
  seconds_.insert(seconds_.end(), other.seconds_.begin(), other.seconds_.end());
}

double Latencies::percentile(double part) {
  if (seconds_.empty()) return 0;
  auto const rank = static_cast<std::size_t>(part * static_cast<double>(seconds_.size() - 1) + 0.5);
  auto const at = seconds_.begin() + static_cast<std::ptrdiff_t>(rank);
  std::nth_element(seconds_.begin(), at, seconds_.end());
  return *at * 1000;
}

ProcessUse ProcessUse::now() {
  ProcessUse use;
  rusage spent{};
  ::getrusage(RUSAGE_SELF, &spent);
  auto seconds = [](timeval const& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  use.cpu = seconds(spent.ru_utime) + seconds(spent.ru_stime);
  std::ifstream io("/proc/self/io");
  for (std::string key; io >> key;) {
    std::uint64_t value = 0;
    io >> value;
    if (key == "write_bytes:") use.written_bytes = value;
  }
  std::ifstream statm("/proc/self/statm");
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  statm >> size >> resident;
  use.resident_bytes = resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return use;
}

Row& Row::set(std::string_view key, std::string_view text) {
  fields_ += fmt::format("{}\"{}\": \"{}\"", fields_.empty() ? "" : ", ", key, text);
  return *this;
}

Row& Row::set(std::string_view key, double number) {
  // Four significant digits say more than a run can repeat.
  fields_ += fmt::format(", \"{}\": {}", key,
                         std::abs(number) >= 1000 ? fmt::format("{:.0f}", number) : fmt::format("{:.4g}", number));
  return *this;
}

void Row::print() const {
  fmt::print("{{{}}}\n", fields_);
  std::fflush(stdout);
}

}  // namespace yubin::bench
