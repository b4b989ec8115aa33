// Runs each operation of the store on the real engines with a fault at its 1st, 2nd, 3rd … step, until it needs fewer
// steps, and looks after each what is left. Steps are the calls that change something on the disk (write, sync, rename,
// make, remove, reserve) and allocations. Linked with libpower_cut.so, which is below everything.
//
//   fault_steps FOLDER [--jobs N] [--only OPERATION]    all
//   fault_steps FOLDER --sample                         some steps of one kind for each operation
//   fault_steps FOLDER --costs                          no faults: what deliveries cost, counted (costs.h)
//   fault_steps FOLDER --leave OPERATION KIND STEP      one step; leaves FOLDER/left for a server to be started on,
//                                                       and what clients may find there in FOLDER/expected-1, -2
//
// Whatever the fault, in the end the power fails: what was not synced is gone. Then a fresh process opens the store:
// the verifier finds nothing, and over IMAP every message, UID, flag, UIDNEXT and UIDVALIDITY is as the load's own
// ledger has it before the operation, or after it, and so is the queue of mail that goes out; after it if the operation
// was acknowledged. Where the process
// outlived the fault, the next operation in it must succeed, and be there too.
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <set>
#include <sstream>

#include "base/log.h"
#include "tests/faults/allocations.h"
#include "tests/faults/costs.h"
#include "tests/faults/inspection.h"
#include "tests/faults/operations.h"
#include "tests/faults/power_cut.h"

namespace yubin::faults {
namespace {

namespace fs = std::filesystem;

constexpr unsigned kPatience = 120;  // seconds for one process; longer: it hangs
constexpr int kQuietSteps = 3;  // so many without a fault: it needs fewer. Threads make the number vary by one or two.

constexpr int kNoFault = 0;
constexpr int kNoMemory = -10;

struct Kind {
  std::string_view name;
  int fault;
};
constexpr Kind kKinds[] = {{"power", kPowerCut}, {"torn", kTorn},    {"killed", kKilled},
                           {"EIO", EIO},         {"ENOSPC", ENOSPC}, {"memory", kNoMemory}};

// Runs `work` in a process of its own. Its exit status, or 128 and the signal that ended it; what it wrote goes to
// `said`.
int apart(std::function<void(int)> const& work, std::string& said) {
  int ends[2];
  if (::pipe(ends) != 0) std::abort();
  std::fflush(nullptr);
  pid_t const child = ::fork();
  if (child < 0) std::abort();
  if (child == 0) {
    ::close(ends[0]);
    work(ends[1]);
    std::fflush(nullptr);
    ::_exit(0);  // threads and engines end as in a crash: nothing is tidied up
  }
  ::close(ends[1]);
  said.clear();
  char buffer[65536];
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

// Memory was exhausted where nobody can do without: the process ends, and the power with it.
[[noreturn]] void on_terminate() {
  try {
    if (std::current_exception()) std::rethrow_exception(std::current_exception());
  } catch (std::bad_alloc const&) {
    power_cut_now();
  } catch (...) {
  }
  std::abort();
}

// Memory was exhausted within a library that says so by an assertion while the exception passes through it.
void on_abort(int) {
  if (end_of_allocations()) power_cut_now();
}

void calm_down() {
  ::alarm(kPatience);
  set_log_sink([](LogLevel, std::string_view) {});
}

// What a step told before its process ended.
struct Told {
  bool acknowledged = false;
  bool probe = false;     // the next operation succeeded
  bool no_fault = false;  // it needed fewer steps
  bool ended = false;     // it came to its end
  int status = 0;
};

bool run_quietly(Operation const& operation, OpenStore& store) {
  try {
    return operation.run(store);
  } catch (std::bad_alloc const&) {
    return false;  // as a session does: it ends, the server goes on
  }
}

// In a process of its own.
void operate(fs::path const& folder, Operation const& operation, long step, int fault, int out) {
  calm_down();
  std::set_terminate(on_terminate);
  power_cut_watch(folder.c_str());
  OpenStore store(folder);
  bool const memory = fault == kNoMemory;
  power_cut_arm(memory ? 0 : step, memory ? kNoFault : fault);
  if (memory) std::signal(SIGABRT, on_abort);
  if (memory) fail_allocation(step);
  bool const acknowledged = run_quietly(operation, store);
  bool const failed = end_of_allocations();
  bool const happened = memory ? failed : power_cut_calls() >= step;
  power_cut_arm(0, kNoFault);
  say(out, acknowledged ? "acknowledged " : "refused ");
  if (!happened) say(out, "no-fault ");
  store.wait_for_changes(address_of(1));
  if (probe().run(store)) say(out, "probe ");
  say(out, "end");
  power_cut_now();
}

Told tell(fs::path const& folder, Operation const& operation, long step, int fault) {
  std::string said;
  Told told;
  told.status = apart([&](int out) { operate(folder, operation, step, fault, out); }, said);
  told.acknowledged = said.contains("acknowledged");
  told.no_fault = said.contains("no-fault");
  told.probe = said.contains("probe");
  told.ended = said.ends_with("end");
  return told;
}

constexpr char kNextPart = '\1';

// In a process of its own.
void look(fs::path const& folder, Operation const* operation, std::string const& before, int out) {
  calm_down();
  Found found = inspect(folder);
  if (operation != nullptr && operation->backs_up) inspect_backups(folder, before, found);
  say(out, fmt::format("{}{}{}{}{}{}{}", found.findings, kNextPart, found.picture.ledger, kNextPart,
                       found.picture.validities, kNextPart, found.backups));
}

Found found_in(fs::path const& folder, Operation const* operation, std::string const& before) {
  std::string said;
  int const status = apart([&](int out) { look(folder, operation, before, out); }, said);
  Found found;
  std::istringstream parts(said);
  std::string backups;
  std::getline(parts, found.findings, kNextPart);
  std::getline(parts, found.picture.ledger, kNextPart);
  std::getline(parts, found.picture.validities, kNextPart);
  std::getline(parts, backups, kNextPart);
  std::from_chars(backups.data(), backups.data() + backups.size(), found.backups);
  if (status != 0) found.findings += fmt::format("finding: opening it ends with {}\n", status);
  return found;
}

std::set<std::string> lines_of(std::string const& text) {
  std::istringstream lines(text);
  std::set<std::string> all;
  for (std::string line; std::getline(lines, line);) all.insert(line);
  return all;
}

// With the times of the files, by which a backup knows what has not changed.
void copy_folder(fs::path const& from, fs::path const& to) {
  fs::remove_all(to);
  fs::create_directories(to);
  for (auto const& entry : fs::recursive_directory_iterator(from)) {
    fs::path const target = to / fs::relative(entry.path(), from);
    if (entry.is_directory()) {
      fs::create_directory(target);
    } else {
      fs::copy_file(entry.path(), target);
      fs::last_write_time(target, entry.last_write_time());
    }
  }
}

struct Settings {
  fs::path folder;
  bool sample = false;
  long jobs = 2;
  std::string only;
};

class Driver {
 public:
  explicit Driver(Settings settings) : settings_(std::move(settings)) {}

  int run() {
    if (!prepare()) return 1;
    for (auto const& operation : operations()) {
      if (settings_.only.empty() || operation.name == settings_.only) run_all(operation);
    }
    fs::remove_all(settings_.folder);
    fmt::print("{} steps, {} problems\n", steps_, problems_);
    return problems_ == 0 ? 0 : 1;
  }

  int leave(std::string_view name, std::string_view kind_name, long step) {
    if (!prepare()) return 1;
    auto const all = operations();
    auto const operation = std::ranges::find(all, name, &Operation::name);
    auto const* const kind = std::ranges::find(kKinds, kind_name, &Kind::name);
    if (operation == all.end() || kind == std::end(kKinds)) return 2;
    fs::path const left = settings_.folder / "left";
    copy_folder(base(), left);
    Told const told = tell(left, *operation, step, kind->fault);
    int number = 0;
    for (std::string const& one : expected(*operation, told))
      std::ofstream(settings_.folder / fmt::format("expected-{}", ++number)) << one.substr(0, one.find("queue "));
    return told.no_fault ? 3 : 0;
  }

 private:
  fs::path base() const { return settings_.folder / "base"; }

  bool prepare() {
    fs::remove_all(settings_.folder);
    fs::create_directories(base());
    std::string said;
    apart([&](int out) { fill(out); }, said);
    if (said != "filled") return complain("filling", "", 0, "failed " + said), false;
    for (auto const& operation : preparations()) operation.note(before_);
    copy_folder(base(), settings_.folder / "looked-at");
    Found const found = found_in(settings_.folder / "looked-at", nullptr, "");
    validities_ = lines_of(found.picture.validities);
    if (found.findings.empty() && found.picture.ledger == before_.text()) return true;
    complain("filling", "", 0, found.findings + found.picture.ledger + "expected\n" + before_.text());
    return false;
  }

  void fill(int out) {
    calm_down();
    OpenStore store(base());
    for (auto const& operation : preparations()) {
      if (!operation.run(store)) return say(out, operation.name);
    }
    say(out, "filled");
  }

  void run_all(Operation const& operation) {
    std::string line = fmt::format("{}:", operation.name);
    ++operation_;
    for (Kind const& kind : kKinds) {
      if (settings_.sample && &kind != &kKinds[operation_ % std::size(kKinds)]) continue;
      long const count = run_kind(operation, kind);
      steps_ += count;
      line += fmt::format(" {} {},", kind.name, count);
    }
    line.pop_back();
    fmt::print("{}\n", line);
    std::fflush(stdout);
  }

  // Its steps, shared out to several processes.
  long run_kind(Operation const& operation, Kind const& kind) {
    std::vector<std::pair<pid_t, int>> workers;
    for (long worker = 0; worker < settings_.jobs; ++worker) {
      int ends[2];
      if (::pipe(ends) != 0) std::abort();
      std::fflush(nullptr);
      pid_t const child = ::fork();
      if (child == 0) {
        ::close(ends[0]);
        long const count = run_some(operation, kind, worker);
        say(ends[1], fmt::format("{} {}", count, problems_));
        std::fflush(nullptr);
        ::_exit(0);
      }
      ::close(ends[1]);
      workers.emplace_back(child, ends[0]);
    }
    long sum = 0;
    int const problems_before = problems_;
    for (auto const& [child, descriptor] : workers) {
      char buffer[100] = {};
      (void)!::read(descriptor, buffer, sizeof buffer - 1);
      ::close(descriptor);
      int status = 0;
      ::waitpid(child, &status, 0);
      long count = 0;
      int problems = 0;
      std::istringstream(buffer) >> count >> problems;
      sum += count;
      problems_ += problems - problems_before + (status != 0 ? 1 : 0);
    }
    return sum;
  }

  long run_some(Operation const& operation, Kind const& kind, long worker) {
    long count = 0;
    int quiet = 0;
    long const stride = !settings_.sample ? 1 : kind.fault == kNoMemory ? 200 : 7;
    int const enough = settings_.sample ? 1 : kQuietSteps;
    for (long step = 1 + worker * stride; quiet < enough; step += settings_.jobs * stride) {
      bool const happened = run_one(operation, kind, step, settings_.folder / fmt::format("step-{}", worker));
      count += happened ? 1 : 0;
      quiet = happened ? 0 : quiet + 1;
    }
    return count;
  }

  // What may be found: one or two, more of an operation with several batches.
  std::vector<std::string> expected(Operation const& operation, Told const& told) const {
    std::vector<std::function<void(Ledger&)>> notes{operation.note};
    if (!told.acknowledged) notes.insert(notes.begin(), [](Ledger&) {});
    if (!told.acknowledged) notes.insert(notes.end(), operation.halves.begin(), operation.halves.end());
    std::vector<std::string> all;
    for (auto const& note : notes) {
      Ledger ledger = before_;
      note(ledger);
      if (told.probe) probe().note(ledger);
      std::string text = ledger.text();
      if (all.empty() || all.back() != text) all.push_back(std::move(text));
    }
    return all;
  }

  // False: the operation needed fewer steps.
  bool run_one(Operation const& operation, Kind const& kind, long step, fs::path const& folder) {
    copy_folder(base(), folder);
    Told const told = tell(folder, operation, step, kind.fault);
    Found const found = found_in(folder, &operation, before_.text());
    auto const wrong = [&](std::string_view what) {
      complain(operation.name, kind.name, step,
               fmt::format("{} ({}{}ended with {})\n{}{}", what, told.acknowledged ? "acknowledged, " : "",
                           told.probe ? "probed, " : "", told.status, found.findings, found.picture.ledger));
    };
    if (told.status != 128 + SIGKILL) wrong(told.status == 128 + SIGALRM ? "it hangs" : "it ended otherwise");
    if (told.ended && !told.probe) wrong("nothing goes on afterwards");
    if (told.no_fault && !told.acknowledged) wrong("it fails without a fault");
    if (!found.findings.empty()) wrong("damage");
    auto const good = expected(operation, told);
    if (found.findings.empty() && std::ranges::find(good, found.picture.ledger) == good.end())
      wrong(told.acknowledged ? "what was acknowledged is not there" : "neither as before nor as after");
    if (!std::ranges::includes(validities_, lines_of(found.picture.validities))) wrong("a UIDVALIDITY is another");
    if (operation.backs_up && found.backups < (told.acknowledged ? 2U : 1U)) wrong("a backup is not there");
    return !told.no_fault;
  }

  void complain(std::string_view operation, std::string_view kind, long step, std::string const& why) {
    ++problems_;
    fmt::print("FAILED {}, {} at step {}: {}\n", operation, kind, step, why.substr(0, 3000));
    std::fflush(stdout);
  }

  Settings const settings_;
  Ledger before_;
  std::set<std::string> validities_;
  std::size_t operation_ = 0;
  long steps_ = 0;
  int problems_ = 0;
};

int usage() {
  fmt::print(stderr,
             "usage: fault_steps FOLDER [--sample | [--jobs N] [--only OPERATION]]\n"
             "       fault_steps FOLDER --costs\n"
             "       fault_steps FOLDER --leave OPERATION KIND STEP\n");
  return 2;
}

int run(std::vector<std::string> const& arguments) {
  if (arguments.empty() || arguments[0].starts_with('-')) return usage();
  Settings settings{.folder = fs::absolute(arguments[0]), .only = {}};
  if (arguments.size() == 5 && arguments[1] == "--leave")
    return Driver(settings).leave(arguments[2], arguments[3], std::atol(arguments[4].c_str()));
  if (arguments.size() == 2 && arguments[1] == "--costs") return print_costs(settings.folder);
  settings.sample = arguments.size() == 2 && arguments[1] == "--sample";
  for (std::size_t i = 1; i < arguments.size() && !settings.sample; i += 2) {
    if (i + 1 == arguments.size()) return usage();
    if (arguments[i] == "--jobs") {
      settings.jobs = std::max(1L, std::atol(arguments[i + 1].c_str()));
    } else if (arguments[i] == "--only") {
      settings.only = arguments[i + 1];
    } else {
      return usage();
    }
  }
  return Driver(settings).run();
}

}  // namespace
}  // namespace yubin::faults

int main(int count, char** arguments) {
  rlimit const no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  return yubin::faults::run({arguments + 1, arguments + count});
}
