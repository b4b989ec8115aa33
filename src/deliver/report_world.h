// What tests of reports of ours stand on: besides the rest of the server, a zone.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "deliver/delivery_world.h"
#include "deliver/own_mail.h"
#include "deliver/report_sender.h"
#include "dns/static_resolver.h"

namespace yubin::deliver {

class ReportWorld : public DeliveryWorld {
 protected:
  explicit ReportWorld(std::string_view zone) : resolver_(dns::Zone::parse(zone).value()) {}

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

  dns::StaticResolver resolver_;
};

}  // namespace yubin::deliver
