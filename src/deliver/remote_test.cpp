#include "deliver/remote.h"

#include <gtest/gtest.h>

#include <future>

#include "deliver/deliver_here.h"
#include "deliver/send_report.h"
#include "dns/static_resolver.h"
#include "store/test_world.h"

namespace yubin::deliver {
namespace {

mime::Address address(std::string_view text) {
  return mime::Address::parse(text).value();
}
smtp::ForwardPath path(std::string_view text) {
  return smtp::ForwardPath(address(text));
}

net::Task<> run_and_tell(net::Task<> task, std::promise<void>& done) {
  co_await std::move(task);
  done.set_value();
}

// list@ours.test leads to x@far.test.
struct RemoteTest : testing::Test {
  RemoteTest() {
    local.send_through(outgoing);
    EXPECT_TRUE(directory.add_domain(mime::Domain::parse("ours.test").value()).wait());
    EXPECT_TRUE(directory.add_alias({address("list@ours.test"), {address("x@far.test")}}).wait());
  }
  RemoteServices services() {
    return {outgoing, resolver,  world.bodies, world.store, directory, local,   journal,     pool, world.clock,
            random,   "us.test", nullptr,      nullptr,     nullptr,   nullptr, "ours.test", &srs};
  }
  // Until it has ended, on a loop.
  void run(std::function<net::Task<>()> const& make) {
    std::promise<void> done;
    loops.at(0).post([&] { net::spawn(loops.at(0), run_and_tell(make(), done)); });
    done.get_future().wait();
  }
  LocalMessage message(std::string_view to) {
    LocalMessage message{.body = world.body("Subject: x\r\n\r\n"),
                         .summary = "",
                         .trace = "Received: from a by b",
                         .reverse_path = "friend@else.test",
                         .targets = {},
                         .outgoing = {{path(to)}},
                         .entry = {}};
    message.entry.id = journal.next_id();
    message.entry.service = "mx";
    return message;
  }

  kv::MemoryKeyValue engine;
  InlineExecutor pool;
  store::TestWorld world{&engine};
  journal::Journal journal{journal::Journal::Services{engine, world.changer, world.committer, world.ids, world.clock}};
  directory::Directory directory{engine, world.changer, world.clock};
  LocalDelivery local{world.store, engine, journal, world.ids, world.clock};
  SeededRandom random{1};
  queue::Outgoing outgoing{
      {engine, world.changer, journal, world.clock, random, [](kv::Changes&, kv::BodyRef const&) {}}, {}};
  dns::StaticResolver resolver{dns::Zone::parse("").value()};
  Srs srs{"secret"};
  net::Loops loops{2, world.clock};
};

// RFC 5321 section 3.9.1: an alias of ours that leads to another domain.
TEST_F(RemoteTest, what_has_become_ours_goes_on_to_where_its_alias_leads) {
  ASSERT_TRUE(local.deliver(message("list@ours.test")).wait());
  queue::Job job = outgoing.take().value().value();
  ASSERT_EQ(job.destination, "ours.test");
  RemoteServices const all = services();
  run([&] { return deliver_here(all, std::move(job)); });
  auto const next = outgoing.take().value();
  ASSERT_TRUE(next);
  EXPECT_EQ(next->destination, "far.test");
  EXPECT_EQ(next->message.reverse_path.address(),
            srs.rewrite(address("friend@else.test"), mime::Domain::parse("ours.test").value(), world.clock.now()));
  // Nobody signs it as if it had begun here.
  EXPECT_EQ(next->message.service, "mx");
  EXPECT_EQ(next->message.sender, "friend@else.test");
  std::string const mark = "\r\nDelivered-To: " + srs.mark_of(address("list@ours.test")) + "@us.test\r\n";
  EXPECT_NE(next->message.prefix.find(mark), std::string::npos) << next->message.prefix;
}

// RFC 5321 section 6.1
TEST_F(RemoteTest, a_report_goes_to_where_the_senders_alias_leads) {
  ReportServices const all{world.store, directory, local, journal, pool, world.clock, "us.test", "ours.test", &srs};
  ReportOrder const order{.about = journal.next_id(),
                          .subject = {smtp::ReversePath(address("list@ours.test")), {}, 0},
                          .action = ReportAction::failed,
                          .recipients = {{{path("gone@else.test")}, {{5, 1, 1}, "550 no", "", ""}}}};
  Result<> reported = fail(Errc::internal, "not run");
  auto report = [&]() -> net::Task<> { reported = co_await send_report(all, order); };
  run(report);
  ASSERT_TRUE(reported);
  auto const job = outgoing.take().value();
  ASSERT_TRUE(job);
  EXPECT_EQ(job->recipients.front().row.recipient.path, path("x@far.test"));
  EXPECT_TRUE(job->message.reverse_path.is_null());
}

// Another loop may have stopped already, and would never do it.
TEST_F(RemoteTest, who_asks_for_a_route_while_the_server_stops_is_answered) {
  RemoteDelivery remote(services(), {}, loops);
  net::Resume go_on;
  std::promise<void> waits;
  RouteReport report;
  auto ask = [&]() -> net::Task<> {
    auto wait = [&](net::Resume resume) {
      go_on = std::move(resume);
      waits.set_value();
    };
    co_await net::suspend(wait);
    auto start = [&](net::Resume resume) {
      remote.check({.route = "none"}, [&report, resume = std::move(resume)](RouteReport found) mutable {
        report = std::move(found);
        resume();
      });
    };
    co_await net::suspend(std::move(start));
  };
  loops.at(0).post([&] { net::spawn(loops.at(0), ask()); });
  waits.get_future().wait();
  (void)loops.next();  // the turn of the loop that has nothing to do
  loops.begin_shut_down(std::chrono::seconds(10));
  go_on();
  loops.join();
  ASSERT_EQ(report.steps.size(), 1U);
  EXPECT_EQ(report.steps[0].text, "there is no route \"none\"");
}

}  // namespace
}  // namespace yubin::deliver
