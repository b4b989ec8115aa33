// What tests of reports of ours stand on: a store whose writes may fail, a queue that nobody empties, a zone.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "deliver/own_mail.h"
#include "deliver/report_sender.h"
#include "dns/static_resolver.h"
#include "kv/faulty_key_value.h"
#include "kv/memory_key_value.h"
#include "queue/outgoing.h"
#include "store/test_world.h"

namespace yubin::deliver {

class ReportWorld : public testing::Test {
 protected:
  explicit ReportWorld(std::string_view zone) : resolver_(dns::Zone::parse(zone).value()) {
    delivery_.send_through(queue_);
    EXPECT_TRUE(queue_.open().has_value());
  }

  OwnReportServices services() {
    return {engine_,
            world_.committer,
            resolver_,
            world_.store,
            delivery_,
            journal_,
            world_.ids,
            world_.clock,
            "mx.us.test",
            "us.test",
            "postmaster@us.test",
            directory_,
            [](std::string_view local_part) {
              return local_part == "dmarc-reports" ? std::optional(kForReports) : std::nullopt;
            }};
  }
  std::size_t rows(kv::Range const& range) { return engine_.scan(kv::Table::queue, range, {}).value().rows.size(); }
  void next_day() { world_.clock.advance(std::chrono::hours(24)); }
  std::string text_of(queue::Job const& job) { return world_.bodies.read(job.message.body.id, 0, 1'000'000).value(); }
  // All rounds of what sends reports.
  template <class Reports>
  void go_round(Reports& reports) {
    for (int i = 0; i < 100; ++i)
      if (reports.send_one().value() == Turn::done) return;
    FAIL() << "without end";
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
  dns::StaticResolver resolver_;
};

}  // namespace yubin::deliver
