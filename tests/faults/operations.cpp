#include "tests/faults/operations.h"

#include <fmt/format.h>

namespace yubin::faults {

namespace {

using Addresses = std::vector<std::string>;

Addresses accounts(unsigned first, unsigned last) {
  Addresses all;
  for (unsigned i = first; i <= last; ++i) all.push_back(address_of(i));
  return all;
}

void nothing(Ledger&) {}

Operation delivery(std::string_view name, Addresses const& to, std::string_view id, std::size_t size) {
  std::string const message = content(id, size);
  return {.name = name,
          .run = [=](OpenStore& store) { return store.deliver(to, message); },
          .note =
              [=](Ledger& ledger) {
                for (std::string const& address : to) ledger.add(address, "INBOX", noted(message));
              }};
}

Operation append(std::string_view name, std::string const& address, std::string_view id, std::size_t size) {
  std::string const message = content(id, size);
  std::string const command = fmt::format("APPEND Sent (\\Seen) {{{}+}}\r\n{}", message.size(), message);
  return {.name = name,
          .run = [=](OpenStore& store) { return store.talk(address, {command}); },
          .note =
              [=](Ledger& ledger) {
                Message kept = noted(message);
                kept.flags = {"\\Seen"};
                ledger.add(address, "Sent", std::move(kept));
              }};
}

Operation mark(std::string const& address, std::string const& flag) {
  return {.name = "flags",
          .run =
              [=](OpenStore& store) {
                return store.talk(address, {"SELECT INBOX", fmt::format("UID STORE 1:* +FLAGS ({})", flag)});
              },
          .note = [=](Ledger& ledger) { ledger.flag(address, "INBOX", flag); }};
}

Operation move(std::string const& address, std::string const& to) {
  return {.name = "move",
          .run = [=](OpenStore& store) { return store.talk(address, {"SELECT INBOX", "UID MOVE 1:* " + to}); },
          .note = [=](Ledger& ledger) { ledger.move(address, "INBOX", to); }};
}

Operation expunge(std::string const& address) {
  return {.name = "expunge and collect",
          .run =
              [=](OpenStore& store) {
                bool const done = store.talk(address, {"SELECT INBOX", "EXPUNGE"});
                (void)store.collect();  // what it leaves, it finds the next time
                return done;
              },
          .note = [=](Ledger& ledger) { ledger.expunge(address, "INBOX"); }};
}

Operation add_account(std::string const& address) {
  return {.name = "add an account",
          .run = [=](OpenStore& store) { return store.add_account(address); },
          .note = [=](Ledger& ledger) { ledger.add_account(address); }};
}

// Of mail that goes out.
smtp::Outcome deferred() {
  return smtp::Deferred{{{4, 2, 0}, "450 later", "mx.far.test", ""}};
}
smtp::Outcome failed() {
  return smtp::Failed{{{5, 1, 1}, "550 no such user", "mx.far.test", ""}};
}

Operation send(std::string_view name, std::string const& from, Addresses const& to, std::string_view id,
               std::size_t size, std::string const& service = "submission") {
  std::string const message = content(id, size);
  return {.name = name,
          .run = [=](OpenStore& store) { return store.send(from, to, message, service); },
          .note =
              [=](Ledger& ledger) {
                for (std::string const& address : to) ledger.queue(address, noted(message));
              }};
}

constexpr std::size_t kQueued = 6'000;  // bytes of the prepared messages in the queue

// What is queued for a@far.test and b@far.test fails, for a sender elsewhere who hears of it. The report is durable
// first, so it may be there alone; and without it nothing fails, it is only deferred.
Operation report() {
  Message const message = noted(content("queued-far", kQueued));
  auto reported = [](Ledger& ledger) { ledger.queue("sender@else.test", std::nullopt); };
  auto deferred = [=](Ledger& ledger) {
    ledger.queue("a@far.test", message, 1);
    ledger.queue("b@far.test", message, 1);
  };
  return {.name = "report and settle",
          .run = [](OpenStore& store) { return store.report_queued("far.test", failed()); },
          .note =
              [=](Ledger& ledger) {
                reported(ledger);
                ledger.unqueue("a@far.test", message);
                ledger.unqueue("b@far.test", message);
              },
          .halves = {reported, deferred, [=](Ledger& ledger) { reported(ledger), deferred(ledger); }}};
}

Operation act(std::string_view name, std::string const& destination, queue::Outgoing::Action const& action,
              std::function<void(Ledger&)> note) {
  return {.name = name,
          .run = [=](OpenStore& store) { return store.act_on_queued(destination, action); },
          .note = std::move(note)};
}

// What an administrator does to the queue, and mail that is kept since nobody may be told that it failed.
std::vector<Operation> queue_operations() {
  using Verb = queue::Outgoing::Verb;
  Message const near = noted(content("queued-near", kQueued));
  Message const held = noted(content("queued-held", kQueued));
  Message const other = noted(content("queued-other", kQueued));
  Message const kept = noted(content("queued-kept", kQueued));
  smtp::ForwardPath const elsewhere = smtp::ForwardPath::parse("<e@elsewhere.test>").value();
  return {
      act("queue hold", "near.test", {Verb::hold},
          [=](Ledger& ledger) { ledger.queue("c@near.test", near, 0, "held"); }),
      act("queue release", "held.test", {Verb::release},
          [=](Ledger& ledger) { ledger.queue("d@held.test", held, 0, "waits"); }),
      act("queue retry", "near.test", {Verb::retry}, nothing),
      act("queue bounce", "near.test", {Verb::bounce},
          [=](Ledger& ledger) { ledger.queue("c@near.test", near, 0, "given up"); }),
      act("queue remove", "near.test", {Verb::remove}, [=](Ledger& ledger) { ledger.unqueue("c@near.test", near); }),
      act("queue redirect", "near.test", {Verb::redirect, elsewhere},
          [=](Ledger& ledger) {
            ledger.unqueue("c@near.test", near);
            ledger.queue("e@elsewhere.test", near);
          }),
      {.name = "settle, kept",
       .run = [](OpenStore& store) { return store.settle_queued("other.test", failed()); },
       .note = [=](Ledger& ledger) { ledger.queue("f@other.test", other, 1, "kept"); }},
      act("queue release, kept", "kept.test", {Verb::release},
          [=](Ledger& ledger) { ledger.queue("g@kept.test", kept, 1, "waits"); }),
      act("queue remove, kept", "kept.test", {Verb::remove},
          [=](Ledger& ledger) { ledger.unqueue("g@kept.test", kept); }),
  };
}

}  // namespace

std::vector<Operation> operations() {
  std::string const one = address_of(1);
  Message const queued = noted(content("queued-near", kQueued));
  std::vector<Operation> all{
      delivery("deliver to 1, inline", {one}, "inline", 1'000),
      delivery("deliver to 1, small", {one}, "small", 5'000),
      delivery("deliver to 1, large", {one}, "large", 150'000),
      delivery("deliver to 10", accounts(1, kAccounts), "all", 5'000),
      append("append, small", one, "appended", 5'000),
      append("append, large", one, "appended-large", 150'000),
      send("accept for outgoing, inline", one, {"x@far.test"}, "outgoing-inline", 1'000),
      send("accept for outgoing", one, {"x@far.test", "y@near.test", "z@far.test"}, "outgoing", 5'000),
      {.name = "settle, delivered",
       .run = [](OpenStore& store) { return store.settle_queued("near.test", smtp::Delivered{}); },
       .note = [=](Ledger& ledger) { ledger.unqueue("c@near.test", queued); }},
      {.name = "settle, deferred",
       .run = [](OpenStore& store) { return store.settle_queued("near.test", deferred()); },
       .note = [=](Ledger& ledger) { ledger.queue("c@near.test", queued, 1); }},
      report(),
      mark(one, "\\Flagged"),
      move(one, "Archive"),
      expunge(one),
      {.name = "remove an account",
       .run = [=](OpenStore& store) { return store.remove_account(one); },
       .note = [=](Ledger& ledger) { ledger.remove_account(one); }},
      {.name = "rewrite segments", .run = [](OpenStore& store) { return store.rewrite(), true; }, .note = nothing},
      {.name = "back up, the first",
       .run = [](OpenStore& store) { return store.back_up(store.other_backups()); },
       .note = nothing,
       .backs_up = true},
      {.name = "back up, the next",
       .run = [](OpenStore& store) { return store.back_up(store.backups()); },
       .note = nothing,
       .backs_up = true},
  };
  std::vector<Operation> const of_queue = queue_operations();
  all.insert(all.end(), of_queue.begin(), of_queue.end());
  return all;
}

std::vector<Operation> preparations() {
  std::vector<Operation> all;
  for (std::string const& address : accounts(1, kProbe)) all.push_back(add_account(address));
  auto deliver = [&](Addresses const& to, std::size_t size) {
    all.push_back(delivery("prepare", to, fmt::format("prepared-{}", all.size()), size));
  };
  for (unsigned i = 0; i < 6; ++i) deliver({address_of(1 + i % 2)}, i % 3 == 0 ? 500 : 6'000);
  all.push_back(mark(address_of(1), "\\Deleted"));
  all.push_back(mark(address_of(2), "\\Deleted"));
  for (unsigned i = 0; i < 6; ++i) deliver({address_of(1 + i % 2)}, i % 3 == 0 ? 500 : 6'000);
  deliver({address_of(1), address_of(3)}, 100'000);
  all.push_back(send("prepare", "sender@else.test", {"a@far.test", "b@far.test"}, "queued-far", kQueued));
  all.push_back(send("prepare", address_of(1), {"c@near.test"}, "queued-near", kQueued));
  all.push_back(send("prepare", address_of(1), {"d@held.test"}, "queued-held", kQueued));
  all.push_back(act("prepare", "held.test", {queue::Outgoing::Verb::hold}, [](Ledger& ledger) {
    ledger.queue("d@held.test", noted(content("queued-held", kQueued)), 0, "held");
  }));
  all.push_back(send("prepare", "sender@else.test", {"f@other.test"}, "queued-other", kQueued, "mx"));
  all.push_back(send("prepare", "sender@else.test", {"g@kept.test"}, "queued-kept", kQueued, "mx"));
  all.push_back(
      {.name = "prepare",
       .run = [](OpenStore& store) { return store.settle_queued("kept.test", failed()); },
       .note = [](Ledger& ledger) { ledger.queue("g@kept.test", noted(content("queued-kept", kQueued)), 1, "kept"); }});
  all.push_back({.name = "back up", .run = [](OpenStore& s) { return s.back_up(s.backups()); }, .note = nothing});
  // Most of the first segments is dead.
  all.push_back(mark(address_of(2), "\\Deleted"));
  all.push_back(expunge(address_of(2)));
  deliver({address_of(4)}, 6'000);
  return all;
}

Operation probe() {
  return delivery("probe", {address_of(kProbe)}, "probe", 3'000);
}

}  // namespace yubin::faults
