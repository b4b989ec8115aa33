// yubin_bench_store DIR [--rounds N] [--gigabytes G] [WORK...]: what the store does without a protocol before it,
// beside the bare group-commit loop on the same disk in the same run.
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <functional>

#include "bench/mail.h"
#include "bench/store_delivery.h"
#include "bench/store_world.h"
#include "deliver/intake.h"

namespace yubin::bench {
namespace {

constexpr std::uint32_t kHuge = 1'000'000;
constexpr std::uint32_t kLarge = 100'000;
constexpr std::uint32_t kCards = 50'000;
constexpr kv::AccountId kOwner{1};
constexpr std::uint64_t kMega = 1024 * 1024;
constexpr std::uint64_t kMemory = 512 * kMega;  // memory.max of `memory`

struct Options {
  std::filesystem::path directory;
  unsigned rounds = 3;
  unsigned gigabytes = 2;
};

// A folder for one measurement, gone afterwards.
class Scratch {
 public:
  explicit Scratch(Options const& options) : path_(options.directory / "store-scratch") {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~Scratch() { std::filesystem::remove_all(path_); }
  Scratch(Scratch const&) = delete;
  Scratch& operator=(Scratch const&) = delete;
  std::filesystem::path const& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

void report(std::string_view work, std::size_t size, unsigned writers, Rate rate, double bare) {
  auto const messages = static_cast<double>(rate.messages);
  Row(work)
      .set("size", static_cast<double>(size))
      .set("writers", writers)
      .set("rate", rate.per_second())
      .set("of_group_commit", rate.per_second() / bare)
      .set("cpu_ms", rate.cpu / messages * 1000)
      .set("written_per_byte", static_cast<double>(rate.written_bytes) / (messages * static_cast<double>(size)))
      .set("p50_ms", rate.latencies.percentile(0.5))
      .set("p99_ms", rate.latencies.percentile(0.99))
      .print();
}

void measure_deliveries(Options const& options) {
  struct Case {
    std::size_t size;
    unsigned writers;
    std::uint64_t messages;
  };
  constexpr Case kCases[] = {{4096, 1, 3000},       {4096, 16, 30000},      {4096, 200, 60000},
                             {40960, 1, 1000},      {40960, 16, 5000},      {40960, 200, 10000},
                             {1024 * 1024, 1, 100}, {1024 * 1024, 16, 400}, {1024 * 1024, 200, 600}};
  for (Case const& one : kCases) {
    for (unsigned round = 0; round < options.rounds; ++round) {
      Scratch const scratch(options);
      double const bare = run_group_commit(scratch.path(), one.size, one.writers, one.messages).per_second();
      StoreWorld world(scratch.path());
      report("store.deliver", one.size, one.writers, run_deliveries(world, one.size, one.writers, one.messages), bare);
    }
  }
}

// A body that all messages of a large mailbox share, so that filling it takes seconds.
kv::SealedBody one_body(StoreWorld& world, std::string& summary) {
  deliver::Intake intake(*world->store, deliver::HeaderFilter());
  intake.add(make_mail(1, 1500));
  check(intake.finish());
  deliver::Intake::Sealed sealed = intake.seal();
  summary = std::move(sealed.summary);
  return check(sealed.body.wait());
}

store::MailboxId fill_inbox(StoreWorld& world, std::uint32_t messages) {
  store::NewMessage message;
  message.prefix = "Return-Path: <sender@load.example>\r\nDelivered-To: user@example.test\r\n";
  message.body = one_body(world, message.summary);
  message.internal_date = 1'790'000'000;
  store::MailboxId const inbox = check(world->store->find_mailbox(kOwner, store::MailboxName::inbox())).value().id;
  constexpr std::uint32_t kSlice = 1000;
  std::vector<store::Ticket<void>> tickets;
  for (std::uint32_t at = 0; at < messages; at += kSlice) {
    auto append = [message, inbox, count = std::min(kSlice, messages - at)](store::Changes& changes) -> Result<> {
      for (std::uint32_t i = 0; i < count; ++i) TRY_VOID(changes.append(kOwner, inbox, message));
      return {};
    };
    tickets.push_back(world->store->change<void>({kOwner}, Lane::delivery, std::move(append)));
    message.body.place.clear();  // written by the first
    if (tickets.size() < 16) continue;
    check(tickets.front().wait());
    tickets.erase(tickets.begin());
  }
  for (store::Ticket<void> const& ticket : tickets) check(ticket.wait());
  return inbox;
}

double seconds_of(std::function<void()> const& work) {
  double const start = seconds_now();
  work();
  return seconds_now() - start;
}

// What SELECT asks for: the counters and the UIDs.
void measure_opening(Options const& options) {
  Scratch const scratch(options);
  {
    StoreWorld world(scratch.path());
    fill_inbox(world, kHuge);
  }
  for (unsigned round = 0; round < options.rounds; ++round) {
    StoreWorld world(scratch.path());
    auto open = [&] {
      store::Mailbox const inbox = check(world->store->find_mailbox(kOwner, store::MailboxName::inbox())).value();
      if (check(world->store->uids(kOwner, inbox.id)).size() != kHuge) throw std::runtime_error("messages are missing");
    };
    double const first = seconds_of(open);
    Row("store.open")
        .set("messages", kHuge)
        .set("first_ms", first * 1000)
        .set("again_ms", seconds_of(open) * 1000)
        .print();
  }
}

void measure_scan(Options const& options) {
  Scratch const scratch(options);
  StoreWorld world(scratch.path());
  store::MailboxId const inbox = fill_inbox(world, kCards);
  for (unsigned round = 0; round < options.rounds; ++round) {
    std::size_t rows = 0;
    double const seconds = seconds_of([&] {
      store::Uid from{1};
      for (;;) {
        auto const cards = check(world->store->cards(kOwner, inbox, {from, store::Uid(0xffffffff)}, 256));
        if (cards.empty()) break;
        rows += cards.size();
        from = store::Uid(cards.back().first.value() + 1);
      }
    });
    if (rows != kCards) throw std::runtime_error("cards are missing");
    Row("store.scan_cards").set("messages", kCards).set("rate", kCards / seconds).print();
  }
}

void measure_flags(Options const& options) {
  Scratch const scratch(options);
  StoreWorld world(scratch.path());
  store::MailboxId const inbox = fill_inbox(world, kLarge);
  constexpr std::uint32_t kSlice = 1000;
  for (unsigned round = 0; round < options.rounds; ++round) {
    auto const action = round % 2 == 0 ? store::FlagAction::add : store::FlagAction::remove;
    auto change_slice = [&](std::uint32_t first, std::uint32_t count) {
      auto change = [inbox, first, count, action](store::Changes& changes) -> Result<> {
        store::UidRange const range{store::Uid(first), store::Uid(first + count - 1)};
        store::FlagChange const seen{
            .action = action, .flags = store::SystemFlag::seen, .keywords = {}, .unchanged_since = {}};
        TRY_VOID(changes.store_flags(kOwner, inbox, {&range, 1}, seen));
        return {};
      };
      check(world->store->change<void>({kOwner}, Lane::reading, std::move(change)).wait());
    };
    double const sliced = seconds_of([&] {
      for (std::uint32_t at = 1; at <= kLarge; at += kSlice) change_slice(at, kSlice);
    });
    constexpr std::uint32_t kSingles = 2000;
    double const single = seconds_of([&] {
      for (std::uint32_t at = 1; at <= kSingles; ++at) change_slice(at * 37, 1);
    });
    Row("store.flags")
        .set("messages", kLarge)
        .set("rate", kLarge / sliced)
        .set("single_rate", kSingles / single)
        .print();
  }
}

// A store that was left by kill -9 while it was being written, and by a clean end.
void measure_start(Options const& options) {
  Scratch const scratch(options);
  constexpr std::size_t kSize = 256 * 1024;
  std::uint64_t const messages = options.gigabytes * (1024ull * 1024 * 1024) / kSize;
  auto fill_and_die = [&](std::uint64_t count, bool cleanly) {
    pid_t const child = ::fork();
    if (child == 0) {
      {
        StoreWorld world(scratch.path());
        run_deliveries(world, kSize, 16, count / 2);
        run_deliveries(world, 4096, 16, 20000);
        run_deliveries(world, kSize, 16, count / 2);
        if (!cleanly) ::kill(::getpid(), SIGKILL);
      }
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    if (cleanly && status != 0) throw std::runtime_error("filling the store failed");
  };
  auto start = [&] {
    std::unique_ptr<StoreWorld> world;
    return seconds_of([&] { world = std::make_unique<StoreWorld>(scratch.path()); });
  };
  fill_and_die(messages, true);
  double const clean = start();
  fill_and_die(messages / 20, false);
  double const killed = start();
  Row("store.start")
      .set("gigabytes", options.gigabytes)
      .set("clean_ms", clean * 1000)
      .set("killed_ms", killed * 1000)
      .print();
}

void read_all(StoreWorld& world, kv::AccountId account) {
  constexpr std::size_t kPiece = 256 * 1024;
  store::MailboxId const inbox = check(world->store->find_mailbox(account, store::MailboxName::inbox())).value().id;
  for (store::Uid const uid : check(world->store->uids(account, inbox))) {
    store::Card const card = check(world->store->find_card(account, inbox, uid)).value();
    std::uint64_t at = 0;
    while (std::size_t const got = check(world->store->read(card, at, kPiece)).size()) at += got;
  }
}

// What the process takes when it works under a small memory.max: mail comes in, then all of it is read back.
void measure_memory(Options const& options) {
  Scratch const scratch(options);
  StoreWorld world(scratch.path(), kMemory);
  Rate const small = run_deliveries(world, 4096, 200, 60'000);
  Rate const large = run_deliveries(world, 1024 * 1024, 200, 1500);
  double const read = seconds_of([&] {
    for (unsigned i = 1; i <= StoreWorld::kAccounts; ++i) read_all(world, kv::AccountId(i));
  });
  Row("store.memory")
      .set("memory_max_mb", static_cast<double>(kMemory) / kMega)
      .set("resident_mb", static_cast<double>(ProcessUse::now().resident_bytes) / kMega)
      .set("rate_4k", small.per_second())
      .set("rate_1m", large.per_second())
      .set("read_mb_per_s", static_cast<double>(60'000 * 4096 + 1500 * kMega) / kMega / read)
      .print();
}

struct Work {
  std::string_view name;
  void (*run)(Options const&);
};
constexpr Work kWorks[] = {{"start", measure_start},    // first: it forks, and nothing has started a thread yet
                           {"memory", measure_memory},  // before others have made the process large
                           {"deliver", measure_deliveries}, {"open", measure_opening},
                           {"scan", measure_scan},          {"flags", measure_flags}};

}  // namespace
}  // namespace yubin::bench

int main(int argc, char** argv) {
  using namespace yubin::bench;
  Options options;
  std::vector<std::string> wanted;
  CLI::App app("the store without a protocol before it", "yubin_bench_store");
  app.add_option("DIR", options.directory, "scratch folder; what it makes there it removes")->required();
  app.add_option("--rounds", options.rounds, "of each measurement")->check(CLI::Range(1, 100));
  app.add_option("--gigabytes", options.gigabytes, "of mail for `start`")->check(CLI::Range(1, 1000));
  app.add_option("WORK", wanted, "start, memory, deliver, open, scan, flags; none: all");
  CLI11_PARSE(app, argc, argv);
  try {
    for (Work const& work : kWorks)
      if (wanted.empty() || std::ranges::find(wanted, work.name) != wanted.end()) work.run(options);
  } catch (std::exception const& error) {
    fmt::print(stderr, "yubin_bench_store: {}\n", error.what());
    return 1;
  }
  return 0;
}
