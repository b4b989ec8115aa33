// What a benchmark writes down: times, what a process used, and rows of results.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace yubin::bench {

// Seconds since an arbitrary moment; never goes back.
double seconds_now();

// Times of single operations. One thread at a time.
class Latencies {
 public:
  void add(double seconds) { seconds_.push_back(seconds); }
  void merge(Latencies const& other);
  std::size_t count() const { return seconds_.size(); }
  // In milliseconds; `part` from 0 to 1. 0 if nothing was added.
  double percentile(double part);

 private:
  std::vector<double> seconds_;
};

// What this process has used since its start.
struct ProcessUse {
  double cpu = 0;                   // seconds, user and system
  std::uint64_t written_bytes = 0;  // sent towards the disk, by this process and the kernel's write-back of its pages
  std::uint64_t resident_bytes = 0;
  static ProcessUse now();
};

// One result: printed as one line of JSON, keys in the order they were set.
class Row {
 public:
  explicit Row(std::string_view work) { set("work", work); }
  Row& set(std::string_view key, std::string_view text);
  Row& set(std::string_view key, double number);
  void print() const;

 private:
  std::string fields_;
};

}  // namespace yubin::bench
