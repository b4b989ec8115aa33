// What tests of deliver/ stand on: a store whose writes may fail, its delivery, a queue that nobody empties.
#pragma once

#include <gtest/gtest.h>

#include "base/random.h"
#include "deliver/local.h"
#include "directory/directory.h"
#include "journal/journal.h"
#include "kv/faulty_key_value.h"
#include "kv/memory_key_value.h"
#include "queue/outgoing.h"
#include "store/test_world.h"

namespace yubin::deliver {

class DeliveryWorld : public testing::Test {
 protected:
  DeliveryWorld() {
    delivery_.send_through(queue_);
    EXPECT_TRUE(queue_.open().has_value());
  }

  kv::MemoryKeyValue memory_;
  kv::Faults faults_;
  kv::FaultyKeyValue engine_{memory_, faults_, kv::FaultyKeyValue::Failing::writes};
  store::TestWorld world_{&engine_};
  journal::Journal journal_{{engine_, world_.changer, world_.committer, world_.ids, world_.clock}};
  LocalDelivery delivery_{world_.store, engine_, journal_, world_.ids, world_.clock};
  SeededRandom random_{1};
  queue::Outgoing queue_{
      {engine_, world_.changer, journal_, world_.clock, random_, [](kv::Changes&, kv::BodyRef const&) {}}, {}};
  directory::Directory directory_{engine_, world_.changer, world_.clock};
};

}  // namespace yubin::deliver
