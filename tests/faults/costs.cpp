#include "tests/faults/costs.h"

#include <fmt/format.h>

#include <vector>

#include "base/log.h"
#include "tests/faults/allocations.h"
#include "tests/faults/open_store.h"
#include "tests/faults/power_cut.h"

namespace yubin::faults {

namespace {

constexpr unsigned kMany = 100;

struct Work {
  std::string name;
  std::vector<std::size_t> sizes;  // in turn
  unsigned messages = 1;
};

bool print_cost(OpenStore& store, Work const& work, std::filesystem::path const& folder) {
  std::string const to = address_of(1);
  std::vector<std::string> contents;
  std::size_t received = 0;
  for (unsigned i = 0; i < work.messages; ++i) {
    contents.push_back(content(fmt::format("{}-{}", work.name, i), work.sizes[i % work.sizes.size()]));
    received += contents.back().size();
  }
  power_cut_arm(0, 0);  // no fault
  count_allocations();
  for (std::string const& each : contents) {
    if (!store.deliver({to}, each)) return false;
  }
  long const allocations = counted_allocations();
  long const syncs = power_cut_syncs();
  // What stands in memory and in the log is written into tables.
  if (work.messages >= kMany && !store.parts().key_value->checkpoint(folder / fmt::format("tables-{}", work.messages)))
    return false;
  fmt::print(R"({{"work": "{}", "messages": {}, "received": {}, "syncs": {}, "written": {}, "allocations": {}}})"
             "\n",
             work.name, work.messages, received, syncs, power_cut_written(), allocations);
  return true;
}

}  // namespace

int print_costs(std::filesystem::path const& folder) {
  set_log_sink([](LogLevel, std::string_view) {});  // the lines are for a program
  std::filesystem::create_directories(folder);
  power_cut_watch(folder.c_str());
  OpenStore store(folder, kv::SegmentBodies::Options{});
  Work const works[] = {
      {"the first ones", {40'960, 1'048'576}, 2},
      {"one of 1024", {1024}},
      {"one of 4096", {4096}},
      {"one of 40960", {40'960}},
      {"one of 1048576", {1'048'576}},
      {"many of 4096", {4096}, 2000},
      {"many of 4096, 40960, 1048576", {4096, 4096, 4096, 40'960, 4096, 40'960, 4096, 1'048'576}, 200}};
  bool good = store.add_account(address_of(1));
  for (Work const& work : works) good = good && print_cost(store, work, folder);
  return good ? 0 : 1;
}

}  // namespace yubin::faults
