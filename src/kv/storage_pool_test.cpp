#include "kv/storage_pool.h"

#include <gmock/gmock.h>

#include <atomic>
#include <latch>
#include <mutex>
#include <vector>

#include "base/completion.h"

namespace yubin::kv {
namespace {

TEST(StoragePool, runs_all_that_was_posted_before_it_ends) {
  std::atomic<int> run = 0;
  {
    StoragePool pool(3);
    for (int i = 0; i < 100; ++i) pool.post(i % 2 == 0 ? Lane::delivery : Lane::reading, [&] { ++run; });
    pool.post(Lane::reading, [&] { pool.post(Lane::reading, [&] { ++run; }); });
  }
  EXPECT_EQ(run, 101);
}

TEST(StoragePool, keeps_a_thread_free_of_reading) {
  std::latch both_reading(2);
  std::latch release(1);
  std::atomic<int> readers = 0;
  StoragePool pool(3);
  for (int i = 0; i < 5; ++i) {
    pool.post(Lane::reading, [&] {
      ++readers;
      if (readers <= 2) both_reading.count_down();
      release.wait();
    });
  }
  both_reading.wait();
  // Two of three threads read and stay in it; a delivery runs all the same, and no third reader has begun.
  Completer delivered;
  pool.post(Lane::delivery, [&] { delivered.finish(); });
  delivered.wait();
  EXPECT_EQ(readers, 2);
  release.count_down();
}

TEST(StoragePool, delivery_goes_before_reading) {
  std::mutex mutex;
  std::vector<char> order;
  auto const note = [&](char what) {
    return [&mutex, &order, what] {
      std::lock_guard lock(mutex);
      order.push_back(what);
    };
  };
  {
    std::latch busy(2);
    std::latch release(1);
    std::latch delivered(2);
    Completer reading_done;
    StoragePool pool(2);
    for (int i = 0; i < 2; ++i) {
      pool.post(Lane::delivery, [&] {
        busy.count_down();
        release.wait();
      });
    }
    busy.wait();
    pool.post(Lane::reading, note('r'));
    pool.post(Lane::reading, [&] { reading_done.finish(); });
    for (int i = 0; i < 2; ++i) {
      pool.post(Lane::delivery, [&, deliver = note('d')] {
        deliver();
        delivered.arrive_and_wait();  // both threads take a delivery before either may take a reading
      });
    }
    release.count_down();
    reading_done.wait();
  }
  EXPECT_THAT(order, testing::ElementsAre('d', 'd', 'r'));
}

}  // namespace
}  // namespace yubin::kv
