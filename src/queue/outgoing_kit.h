// For the tests of queue/: a queue over an engine.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/executor.h"
#include "kv/committer.h"
#include "kv/memory_key_value.h"
#include "queue/outgoing.h"

namespace yubin::queue {

inline smtp::Recipient to(std::string const& address) {
  return {smtp::ForwardPath::parse("<" + address + ">").value()};
}

// A queue over an engine, as a server that has just been started has it. Everything runs on the caller's thread but the
// commits, for which finish() waits.
class Running {
 public:
  explicit Running(kv::KeyValue& engine, Options const& options = {})
      : committer(engine, kv::Committer::Options{}),
        changer(engine, committer, pool),
        journal({engine, changer, committer, ids, clock}),
        queue({engine, changer, journal, clock, random,
               [this](kv::Changes&, kv::BodyRef const& body) { released.push_back(body.id.text()); }},
              options) {
    EXPECT_TRUE(queue.open().has_value());
  }

  UniqueId add(std::vector<std::string> const& addresses, std::string const& from = "a@us.test",
               Priority priority = Priority::normal) {
    return add(ids.next(), addresses, from, priority);
  }
  UniqueId add(UniqueId id, std::vector<std::string> const& addresses, std::string const& from, Priority priority) {
    MessageRow const message{.body = {id, 300},
                             .prefix = "Received: x\r\n",
                             .reverse_path = smtp::ReversePath::parse("<" + from + ">").value(),
                             .parameters = {},
                             .accepted = at(clock),
                             .service = "submission",
                             .message_id = "<m@us.test>",
                             .priority = priority,
                             .sender = from};
    std::vector<smtp::Recipient> recipients;
    for (std::string const& address : addresses) recipients.push_back(to(address));
    auto fn = [&, id](kv::Changes& changes) -> Result<> {
      queue.add(changes, id, message, recipients);
      return {};
    };
    EXPECT_TRUE(changer.change<void>({}, Lane::delivery, fn).wait().has_value());
    return id;
  }

  static Seconds at(Clock const& clock) {
    return std::chrono::floor<std::chrono::seconds>(clock.now()).time_since_epoch().count();
  }

  // Its recipients' addresses, or nothing.
  static std::string text(std::optional<Job> const& job) {
    if (!job) return "-";
    std::string out;
    for (Job::One const& one : job->recipients)
      out += (out.empty() ? "" : " ") + one.row.recipient.path.address()->text();
    return out;
  }
  std::optional<Job> take() { return queue.take().value(); }

  static smtp::Outcome deferred(std::string text = "450 later") {
    return smtp::Deferred{{{4, 2, 0}, std::move(text), "mx", "in reply to RCPT"}};
  }
  static smtp::Outcome delivered() { return smtp::Delivered{{{2, 0, 0}, "250 ok", "mx", ""}}; }
  static smtp::Outcome failed() { return smtp::Failed{{{5, 1, 1}, "550 no", "mx", ""}}; }

  Result<> settle(Job job, std::vector<smtp::Outcome> outcomes, Reached reached = Reached::yes) {
    return queue.settle(std::move(job), std::move(outcomes), reached, entry()).wait();
  }
  journal::Entry entry() {
    journal::Entry entry;
    entry.id = journal.next_id();
    entry.kind = journal::Kind::delivery;
    return entry;
  }

  std::size_t act(UniqueId id, Filter const& filter, Outgoing::Action const& action) {
    return queue.act(id, filter, action, entry()).wait().value();
  }

  std::size_t rows(kv::KeyValue& engine) {
    return engine.scan(kv::Table::queue, {}, {.rows = 100'000, .bytes = 100'000'000}).value().rows.size();
  }

  ManualClock clock{WallTime(std::chrono::hours(500'000))};
  SeededRandom random{1};
  UniqueIds ids{clock, 1, 1};
  InlineExecutor pool;
  std::vector<std::string> released;
  kv::Committer committer;
  kv::Changer changer;
  journal::Journal journal;
  Outgoing queue;
};

struct OutgoingQueue : testing::Test {
  kv::MemoryKeyValue engine;
  Running running{engine};
};

}  // namespace yubin::queue
