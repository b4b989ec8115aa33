// Runs each operation of the store on the real engines with a fault at its 1st, 2nd, 3rd … call to the file system,
// until it needs fewer calls, and looks after each what is left. Faults: EIO, ENOSPC, and loss of power; and an
// allocation that fails. Runs under libpower_cut.so.
//
//   fault_steps FOLDER [STRIDE]   every STRIDE-th step (1: all)
//
// After each step a fresh process opens the store: the verifier finds nothing, and every message, flag and mailbox is
// as before the operation, or as after it; as after it if the operation was acknowledged. Where the operation failed
// and the process lived, the next one in it must succeed.
#include <dlfcn.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <new>
#include <string>
#include <vector>

#include "base/log.h"
#include "kv/collector.h"
#include "kv/rocks_key_value.h"
#include "kv/segment_bodies.h"
#include "kv/storage_pool.h"
#include "store/store.h"
#include "store/verify.h"

namespace {

std::atomic<long> allocations_left = -1;  // -1: no allocation fails

}  // namespace

void* operator new(std::size_t size) {
  if (allocations_left.load(std::memory_order_relaxed) >= 0 && allocations_left.fetch_sub(1) == 0)
    throw std::bad_alloc();
  void* const memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace yubin {
namespace {

namespace fs = std::filesystem;
using store::AccountId;
using store::Uid;
using store::UidRange;

constexpr int kPowerCut = -1;
constexpr int kNoMemory = -2;
constexpr std::uint64_t kAccounts = 10;
constexpr AccountId kProbe{99};
UidRange const kAll;

template <class F>
F shim(char const* name) {
  auto* const found = ::dlsym(RTLD_DEFAULT, name);
  if (found == nullptr) {
    fmt::print(stderr, "run this with LD_PRELOAD=libpower_cut.so\n");
    std::exit(2);
  }
  return reinterpret_cast<F>(found);
}

struct World {
  explicit World(fs::path const& folder)
      : rows(kv::RocksKeyValue::open(folder / "rows", {}).value()),
        bodies(kv::SegmentBodies::open(folder / "bodies", *rows, ids, {.segment_bytes = 20'000}).value()) {
    bodies->counted().wait();
  }

  store::NewMessage message(std::size_t size, unsigned seed) {
    std::string bytes(size, static_cast<char>('a' + seed % 26));
    auto writer = store.begin_body().value();
    auto const appended = writer->append(bytes);
    auto body = appended ? writer->seal().wait() : Result<kv::SealedBody>(std::unexpected(appended.error()));
    store::NewMessage made;
    if (!body) failed = true;
    if (body) made.body = *std::move(body);
    made.summary = "summary";
    return made;
  }
  template <class T, class Fn>
  bool change(std::vector<AccountId> accounts, Fn fn) {
    if (failed) return false;
    return store.change<T>(std::move(accounts), Lane::delivery, std::move(fn)).wait().has_value();
  }
  bool deliver(std::vector<AccountId> accounts, std::size_t size, unsigned seed) {
    auto const made = message(size, seed);
    return change<int>(accounts, [=](store::Changes& changes) -> Result<int> {
      for (AccountId account : accounts) {
        TRY(auto const inbox, changes.find_mailbox(account, store::MailboxName::inbox()));
        TRY_VOID(changes.append(account, inbox->id, made));
      }
      return 0;
    });
  }
  store::MailboxId mailbox(AccountId account, std::string_view name) {
    return store.find_mailbox(account, store::MailboxName::parse(name).value()).value().value().id;
  }

  SystemClock clock;
  UniqueIds ids{clock, 1, 0};
  std::unique_ptr<kv::RocksKeyValue> rows;
  std::unique_ptr<kv::SegmentBodies> bodies;
  kv::StoragePool pool{2};
  kv::Committer committer{*rows, {}};
  kv::Changer changer{*rows, committer, pool};
  store::Store store{{*rows, *bodies, changer, clock, ids}};
  bool failed = false;
};

std::vector<AccountId> all_accounts() {
  std::vector<AccountId> accounts;
  for (std::uint64_t i = 1; i <= kAccounts; ++i) accounts.emplace_back(i);
  return accounts;
}

// Everything that clients can see, as text.
std::string picture(World& world) {
  std::string text;
  for (AccountId account : all_accounts()) {
    auto const mailboxes = world.store.mailboxes(account);
    if (!mailboxes) continue;
    for (auto const& mailbox : *mailboxes) {
      text += fmt::format("{} {} {}\n", account.value(), mailbox.name.text(), mailbox.exists);
      for (auto const& state : world.store.states(account, mailbox.id, kAll).value()) {
        auto const card = world.store.find_card(account, mailbox.id, state.uid).value().value();
        auto const bytes = world.store.read(card, 0, 1'000'000).value();
        text += fmt::format("  {} {} {} {}\n", state.uid.value(), state.flags.bits(), bytes.size(), bytes.substr(0, 1));
        if (bytes.find_first_not_of(bytes.substr(0, 1)) != std::string::npos) text += "  damaged\n";
      }
    }
  }
  return text;
}

struct Operation {
  std::string_view name;
  std::function<bool(World&)> run;  // true: acknowledged
};

std::vector<Operation> operations() {
  AccountId const one{1};
  return {
      {"deliver to 1, small", [=](World& w) { return w.deliver({one}, 1'000, 9); }},
      {"deliver to 1, large", [=](World& w) { return w.deliver({one}, 400'000, 9); }},
      {"deliver to 10", [](World& w) { return w.deliver(all_accounts(), 5'000, 9); }},
      {"flags",
       [=](World& w) {
         auto const inbox = w.mailbox(one, "INBOX");
         store::FlagChange const flagged{store::FlagAction::add, store::SystemFlag::flagged, {}, {}};
         return w.change<store::FlagsStored>({one}, [=](store::Changes& changes) {
           return changes.store_flags(one, inbox, std::span(&kAll, 1), flagged);
         });
       }},
      {"move",
       [=](World& w) {
         auto const inbox = w.mailbox(one, "INBOX");
         auto const archive = w.mailbox(one, "Archive");
         return w.change<store::Copied>({one}, [=](store::Changes& changes) {
           return changes.move(one, inbox, std::span(&kAll, 1), one, archive);
         });
       }},
      {"expunge and collect",
       [=](World& w) {
         auto const inbox = w.mailbox(one, "INBOX");
         bool const done = w.change<std::vector<Uid>>(
             {one}, [=](store::Changes& changes) { return changes.expunge(one, inbox, std::span(&kAll, 1), false); });
         kv::Collector collector(*w.rows, w.committer, *w.bodies, w.clock, {.grace = std::chrono::seconds(0)});
         for (int i = 0; i < 3; ++i) (void)collector.collect();  // what it leaves, it finds the next time
         (void)w.bodies->reclaim();
         return done;
       }},
      {"remove an account",
       [=](World& w) {
         return w.change<void>({one}, [=](store::Changes& changes) { return changes.remove_account(one); });
       }},
      {"rewrite segments",
       [](World& w) {
         SteadyTime now{};
         for (int i = 0; i < 4; ++i) (void)w.bodies->rewrite(w.committer, now += std::chrono::hours(1));
         return true;
       }},
  };
}

void fill(fs::path const& folder) {
  World world(folder);
  auto accounts = all_accounts();
  accounts.push_back(kProbe);
  for (AccountId account : accounts) {
    world.change<void>({account}, [=](store::Changes& changes) { return changes.create_account(account); });
  }
  for (unsigned i = 0; i < 12; ++i) world.deliver({AccountId(1 + i % 2)}, i % 3 == 0 ? 500 : 6'000, i);
  world.deliver({AccountId(1), AccountId(3)}, 300'000, 7);
  // Most of the first segments is dead.
  auto const inbox = world.mailbox(AccountId(2), "INBOX");
  world.change<std::vector<Uid>>({AccountId(2)}, [=](store::Changes& changes) {
    return changes.expunge(AccountId(2), inbox, std::span(&kAll, 1), false);
  });
  kv::Collector collector(*world.rows, world.committer, *world.bodies, world.clock, {.grace = std::chrono::seconds(0)});
  while (collector.collect() == Turn::more) {
  }
}

// Runs `work` in a process of its own. Its exit status, or 128 and the signal that ended it; what it wrote goes to
// `said`.
int apart(std::function<int(int)> const& work, std::string& said) {
  int ends[2];
  if (::pipe(ends) != 0) std::abort();
  pid_t const child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    int const status = work(ends[1]);
    ::_exit(status);
  }
  ::close(ends[1]);
  said.clear();
  char buffer[4096];
  for (ssize_t got = 0; (got = ::read(ends[0], buffer, sizeof buffer)) > 0;)
    said.append(buffer, static_cast<std::size_t>(got));
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void say(int descriptor, std::string_view text) {
  while (!text.empty()) {
    ssize_t const written = ::write(descriptor, text.data(), text.size());
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

// In a process of its own: "acknowledged" or "refused", then "probe" if the next operation succeeded, then the number
// of calls if there was no fault.
int operate(fs::path const& folder, Operation const& operation, long step, int fault, int out) {
  set_log_sink([](LogLevel, std::string_view) {});
  shim<void (*)(char const*)>("power_cut_watch")(folder.c_str());
  World world(folder);
  auto const arm = shim<void (*)(long, int)>("power_cut_arm");
  if (fault == kNoMemory) {
    allocations_left = step - 1;
  } else {
    arm(step, fault);
  }
  bool acknowledged = false;
  try {
    acknowledged = operation.run(world);
  } catch (std::bad_alloc const&) {
    acknowledged = false;
  }
  bool const happened =
      fault == kNoMemory ? allocations_left.exchange(-1) < 0 : shim<long (*)()>("power_cut_calls")() >= step;
  arm(0, 0);
  allocations_left = -1;
  say(out, acknowledged ? "acknowledged " : "refused ");
  world.failed = false;
  if (world.deliver({kProbe}, 3'000, 1)) say(out, "probe ");
  say(out, happened ? "" : "no-fault");
  ::_exit(0);  // threads and engines end as in a crash: nothing is tidied up
}

// In a process of its own: what a restart finds.
int look(fs::path const& folder, int out) {
  set_log_sink([](LogLevel, std::string_view) {});
  World world(folder);
  for (auto const& finding : store::verify(*world.rows).value()) say(out, "finding: " + finding + "\n");
  say(out, picture(world));
  ::_exit(0);
}

class Driver {
 public:
  Driver(fs::path folder, long stride) : folder_(std::move(folder)), stride_(stride) {}

  int run() {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    std::string said;
    if (apart([&](int) { return fill(folder_ / "base"), 0; }, said) != 0) return complain("filling", 0, "failed");
    before_ = picture_of(folder_ / "base");
    for (auto const& operation : operations()) run_all(operation);
    fs::remove_all(folder_);
    return problems_ == 0 ? 0 : 1;
  }

 private:
  std::string picture_of(fs::path const& folder) {
    std::string said;
    if (apart([&](int out) { return look(folder, out); }, said) != 0) said += "finding: it does not open\n";
    return said;
  }
  fs::path fresh() {
    fs::remove_all(folder_ / "step");
    fs::copy(folder_ / "base", folder_ / "step", fs::copy_options::recursive);
    return folder_ / "step";
  }

  void run_all(Operation const& operation) {
    std::string said;
    auto const folder = fresh();
    apart([&](int out) { return operate(folder, operation, 1'000'000'000, 0, out); }, said);
    after_ = picture_of(folder);
    if (!said.starts_with("acknowledged") || after_.contains("finding")) complain(operation.name, 0, said + after_);
    std::string line = fmt::format("{}:", operation.name);
    struct Kind {
      std::string_view name;
      int fault;
      long stride;
    };
    for (auto const& [name, fault, stride] :
         {Kind{"power", kPowerCut, stride_}, Kind{"EIO", EIO, stride_}, Kind{"ENOSPC", ENOSPC, stride_},
          Kind{"memory", kNoMemory, stride_ * 25}}) {
      long count = 0;
      for (long step = 1; run_one(operation, step, fault, name); step += stride) ++count;
      line += fmt::format(" {} {}", count, name);
    }
    fmt::print("{}\n", line);
    std::fflush(stdout);
  }

  // False: the operation needed fewer steps.
  bool run_one(Operation const& operation, long step, int fault, std::string_view kind) {
    std::string said;
    auto const folder = fresh();
    int const status = apart([&](int out) { return operate(folder, operation, step, fault, out); }, said);
    std::string const found = picture_of(folder);
    auto const wrong = [&](std::string const& what) {
      complain(fmt::format("{}, {}", operation.name, kind), step, what + " (" + said + ")\n" + found);
    };
    bool const acknowledged = said.starts_with("acknowledged");
    bool const ended = fault == kPowerCut ? status == 128 + SIGKILL : fault == kNoMemory && status == 128 + SIGABRT;
    if (status != 0 && !ended) wrong(fmt::format("the process ended with {}", status));
    if (found.contains("finding") || found.contains("damaged")) {
      wrong("damage");
    } else if (found != after_ && (acknowledged || found != before_)) {
      wrong(acknowledged ? "what was acknowledged is not there" : "neither as before nor as after");
    }
    if (status == 0 && !said.contains("probe")) wrong("nothing goes on afterwards");
    return !said.contains("no-fault");
  }

  int complain(std::string_view what, long step, std::string const& why) {
    ++problems_;
    fmt::print("FAILED {} at step {}: {}\n", what, step, why.substr(0, 2000));
    return 1;
  }

  fs::path const folder_;
  long const stride_;
  std::string before_;
  std::string after_;
  int problems_ = 0;
};

}  // namespace
}  // namespace yubin

int main(int count, char** arguments) {
  if (count < 2) {
    fmt::print(stderr, "usage: fault_steps FOLDER [STRIDE]\n");
    return 2;
  }
  long const stride = count > 2 ? std::max(1L, std::atol(arguments[2])) : 1;
  return yubin::Driver(arguments[1], stride).run();
}
