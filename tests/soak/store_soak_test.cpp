// Eight sessions on shared mailboxes, doing anything at random, against a plain model in memory.
//
//   store_soak_test --seconds 1200 --seed 7
//
// Each operation is one change of the store, and is done to the model when it is committed, in the order of the
// commits: so the model says what each operation must have answered. Every session also follows a mailbox by its
// changes alone. Now and then all stop, and the whole store is compared with the model, and each session's view with
// the store.
#include <gtest/gtest.h>

#include <charconv>
#include <cstring>
#include <thread>

#include "base/random.h"
#include "kv/storage_pool.h"
#include "store/bulk.h"
#include "store/test_model.h"
#include "store/test_world.h"

namespace yubin::store {
namespace {

std::uint64_t seconds_to_run = 2;
std::uint64_t first_seed = 1;

constexpr std::size_t kSessions = 8;
constexpr int kOperations = 100;  // of each session between two comparisons
constexpr std::array<char const*, 7> kNames = {"INBOX", "Sent", "Archive", "a", "a/b", "c", "か/き"};

AccountId account_id(std::size_t number) {
  return AccountId(number + 1);
}

// The model, changed on the commit thread; read by the test when all sessions have stopped.
class Judge {
 public:
  void expect(bool good, std::string const& what) {
    if (!good && ++failures_ <= 10) ADD_FAILURE() << what;
  }
  ModelMailbox* find(std::size_t account, std::string const& name) {
    auto found = model.accounts[account].mailboxes.find(name);
    return found == model.accounts[account].mailboxes.end() ? nullptr : &found->second;
  }

  Model model;

 private:
  int failures_ = 0;
};

std::set<std::uint32_t> chosen(ModelMailbox const& mailbox, UidRange range) {
  std::set<std::uint32_t> uids;
  for (auto const& [uid, message] : mailbox.messages) {
    if (uid >= range.first.value() && uid <= range.last.value()) uids.insert(uid);
  }
  return uids;
}

std::vector<std::uint32_t> numbers(std::vector<Uid> const& uids) {
  std::vector<std::uint32_t> all;
  for (Uid uid : uids) all.push_back(uid.value());
  return all;
}

// What a client knows of one mailbox, kept up to date by changes_since() alone.
class Follower {
 public:
  Follower(Store& store, AccountId account) : store_(store), account_(account) {}

  void follow(MailboxId mailbox) { *this = Follower(store_, account_, mailbox); }
  bool follows() const { return mailbox_.has_value(); }

  void update() {
    if (!mailbox_) return;
    Result<ChangesSince> changes = store_.changes_since(account_, *mailbox_, seen_);
    if (!changes) {
      ASSERT_EQ(changes.error().code, Errc::not_found);
      mailbox_.reset();
      return;
    }
    ASSERT_GE(changes->mailbox.highest_modseq, seen_);
    // RFC 4549 section 4.3: whoever has been away too long asks which UIDs there still are.
    if (!changes->complete) keep_only(store_.uids(account_, *mailbox_).value());
    for (Uid uid : changes->expunged) view_.erase(uid);
    for (MessageState const& state : changes->changed) view_[state.uid] = state;
    seen_ = changes->mailbox.highest_modseq;
  }

  void expect_truth() {
    update();
    if (!mailbox_) return;
    std::vector<MessageState> view;
    for (auto const& [uid, state] : view_) view.push_back(state);
    EXPECT_EQ(view, store_.states(account_, *mailbox_, kAllUids, 1'000'000).value());
  }

 private:
  Follower(Store& store, AccountId account, MailboxId mailbox) : store_(store), account_(account), mailbox_(mailbox) {}
  Follower& operator=(Follower&& other) {
    mailbox_ = other.mailbox_;
    seen_ = other.seen_;
    view_ = std::move(other.view_);
    return *this;
  }

  void keep_only(std::vector<Uid> const& uids) {
    std::erase_if(view_, [&](auto const& message) { return !std::ranges::binary_search(uids, message.first); });
  }

  Store& store_;
  AccountId account_;
  std::optional<MailboxId> mailbox_;
  ModSeq seen_;
  std::map<Uid, MessageState> view_;
};

// One session's operations. All changes go through here.
class Session {
 public:
  Session(TestWorld& world, Judge& judge, std::uint64_t seed)
      : world_(world),
        judge_(judge),
        random_(seed),
        account_(static_cast<std::size_t>(seed % 2)),
        follower_(world.store, account_id(account_)) {}

  void run() {
    for (int i = 0; i < kOperations; ++i) step();
  }
  void expect_truth() { follower_.expect_truth(); }

 private:
  void step() {
    switch (random_.u64() % 16) {
      case 0:
        return create();
      case 1:
        return remove();
      case 2:
        return rename();
      case 3:
        return trim();
      case 4:
        return follow();
      case 5:
        return follower_.update();
      case 6:
      case 7:
      case 8:
        return flags();
      case 9:
        return expunge();
      case 10:
        return transfer(false);
      case 11:
      case 12:
        return transfer(true);
      default:
        return append();
    }
  }

  std::string any_name() { return kNames[random_.u64() % kNames.size()]; }
  UidRange any_range() {
    auto const first = static_cast<std::uint32_t>(random_.u64() % 60 + 1);
    if (random_.u64() % 10 == 0) return kAllUids;
    return {Uid(first), Uid(first + static_cast<std::uint32_t>(random_.u64() % 20))};
  }

  // `act` does its work and returns what the model is to do and see once it is committed; an error is an answer too.
  using AfterCommit = std::function<void(Judge&)>;
  void change(std::function<Result<AfterCommit>(Changes&)> act) {
    auto fn = [this, act = std::move(act)](Changes& changes) -> Result<> {
      TRY(AfterCommit after, act(changes));
      if (after) changes.kv().after_commit([this, after = std::move(after)] { after(judge_); });
      return {};
    };
    Result<> const done = world_.store.change<void>({account_id(account_)}, Lane::reading, std::move(fn)).wait();
    if (!done && done.error().code == Errc::corrupt) ADD_FAILURE() << done.error().detail;
  }

  void create() {
    change([this, name = any_name()](Changes& changes) -> Result<AfterCommit> {
      TRY_VOID(changes.create_mailbox(account_id(account_), name_of(name)));
      return [account = account_, name](Judge& judge) {
        judge.expect(!judge.model.create(account, name), "CREATE " + name);
      };
    });
  }

  void remove() {
    change([this, name = any_name()](Changes& changes) -> Result<AfterCommit> {
      TRY_VOID(changes.remove_mailbox(account_id(account_), name_of(name)));
      return [account = account_, name](Judge& judge) {
        judge.expect(!judge.model.remove(account, name), "DELETE " + name);
      };
    });
  }

  void rename() {
    change([this, from = any_name(), to = any_name()](Changes& changes) -> Result<AfterCommit> {
      TRY_VOID(changes.rename_mailbox(account_id(account_), name_of(from), name_of(to)));
      return [account = account_, from, to](Judge& judge) {
        judge.expect(!judge.model.rename(account, from, to), "RENAME " + from + " " + to);
      };
    });
  }

  void trim() {
    change([this, name = any_name()](Changes& changes) -> Result<AfterCommit> {
      TRY(std::optional<Mailbox> mailbox, changes.find_mailbox(account_id(account_), name_of(name)));
      if (!mailbox) return AfterCommit();
      TRY_VOID(changes.trim_change_log(account_id(account_), mailbox->id, mailbox->highest_modseq));
      return AfterCommit();
    });
  }

  void follow() {
    auto mailbox = world_.store.find_mailbox(account_id(account_), name_of(any_name())).value();
    if (mailbox) follower_.follow(mailbox->id);
  }

  void append() {
    std::string const content = "Message " + std::to_string(random_.u64());
    NewMessage const message = world_.message(content, SystemFlags(static_cast<std::uint8_t>(random_.u64())));
    change([this, message, content, name = any_name()](Changes& changes) -> Result<AfterCommit> {
      TRY(std::optional<Mailbox> mailbox, changes.find_mailbox(account_id(account_), name_of(name)));
      if (!mailbox) return AfterCommit();
      TRY(Appended appended, changes.append(account_id(account_), mailbox->id, message));
      return [=, account = account_](Judge& judge) {
        ModelMailbox* known = judge.find(account, name);
        if (known == nullptr) return judge.expect(false, "APPEND to a mailbox that is not there: " + name);
        judge.expect(known->uid_next == appended.uid.value(), "APPEND: another UID than the next one in " + name);
        judge.model.append(*known, {message.flags, {}, message.prefix + content, appended.id, 0});
      };
    });
  }

  void flags() {
    FlagChange const wanted{static_cast<FlagAction>(random_.u64() % 3),
                            SystemFlags(static_cast<std::uint8_t>(random_.u64())),
                            {"Work"},
                            {}};
    change([this, wanted, range = any_range(), name = any_name()](Changes& changes) -> Result<AfterCommit> {
      TRY(std::optional<Mailbox> mailbox, changes.find_mailbox(account_id(account_), name_of(name)));
      if (!mailbox) return AfterCommit();
      TRY(FlagsStored stored, changes.store_flags(account_id(account_), mailbox->id, std::span(&range, 1), wanted));
      return [=, account = account_, count = stored.states.size()](Judge& judge) {
        ModelMailbox& known = *judge.find(account, name);
        std::set<std::uint32_t> const uids = chosen(known, range);
        judge.expect(uids.size() == count, "STORE of other messages than there are in " + name);
        judge.model.store_flags(known, uids, wanted);
      };
    });
  }

  void expunge() {
    change([this, range = any_range(), name = any_name()](Changes& changes) -> Result<AfterCommit> {
      TRY(std::optional<Mailbox> mailbox, changes.find_mailbox(account_id(account_), name_of(name)));
      if (!mailbox) return AfterCommit();
      TRY(std::vector<Uid> gone, changes.expunge(account_id(account_), mailbox->id, std::span(&range, 1)));
      return [=, account = account_](Judge& judge) {
        ModelMailbox& known = *judge.find(account, name);
        std::set<std::uint32_t> uids = chosen(known, range);
        std::erase_if(uids, [&](std::uint32_t uid) { return !known.messages.at(uid).flags.has(SystemFlag::deleted); });
        judge.expect(std::ranges::equal(uids, numbers(gone)), "EXPUNGE of other messages than the deleted in " + name);
        judge.model.expunge(known, uids);
      };
    });
  }

  void transfer(bool move) {
    change(
        [this, move, range = any_range(), from = any_name(), to = any_name()](Changes& changes) -> Result<AfterCommit> {
          AccountId const id = account_id(account_);
          TRY(std::optional<Mailbox> source, changes.find_mailbox(id, name_of(from)));
          TRY(std::optional<Mailbox> target, changes.find_mailbox(id, name_of(to)));
          if (!source || !target) return AfterCommit();
          auto const uids = std::span(&range, 1);
          TRY(Copied copied, move ? changes.move(id, source->id, uids, id, target->id)
                                  : changes.copy(id, source->id, uids, id, target->id));
          return [=, account = account_](Judge& judge) {
            ModelMailbox& known = *judge.find(account, from);
            ModelMailbox& goal = *judge.find(account, to);
            std::set<std::uint32_t> const wanted = chosen(known, range);
            std::uint32_t next = goal.uid_next;
            bool good = wanted.size() == copied.uids.size();
            for (auto const& [source_uid, target_uid] : copied.uids) {
              good = good && wanted.contains(source_uid.value()) && target_uid.value() == next++;
            }
            judge.expect(good, (move ? "MOVE " : "COPY ") + from + " " + to);
            move ? judge.model.move(known, wanted, goal) : judge.model.copy(known, wanted, goal);
          };
        });
  }

  TestWorld& world_;
  Judge& judge_;
  SeededRandom random_;
  std::size_t const account_;
  Follower follower_;
};

void compare(TestWorld& world, AccountId account, std::string const& name, ModelMailbox const& model) {
  Mailbox const mailbox = world.store.find_mailbox(account, name_of(name)).value().value();
  auto const states = world.store.states(account, mailbox.id, kAllUids, 1'000'000).value();
  auto const cards = world.store.cards(account, mailbox.id, kAllUids, 1'000'000).value();
  ASSERT_EQ(mailbox.uid_next.value(), model.uid_next) << name;
  ASSERT_EQ(states.size(), model.messages.size()) << name;
  ASSERT_EQ(cards.size(), model.messages.size()) << name;
  std::size_t at = 0;
  for (auto const& [uid, message] : model.messages) {
    ASSERT_EQ(states[at].uid.value(), uid);
    EXPECT_EQ(states[at].flags, message.flags) << name << " UID " << uid;
    EXPECT_EQ(states[at].keywords.size(), message.keywords.size()) << name << " UID " << uid;
    EXPECT_EQ(states[at].id, message.id) << "RFC 8474 section 5.1: the EMAILID goes with the message";
    EXPECT_EQ(world.store.read(cards[at].second, 0, 1000).value(), message.content);
    ++at;
  }
}

void compare_all(TestWorld& world, Judge& judge) {
  for (std::size_t number = 0; number < 2; ++number) {
    auto const& mailboxes = judge.model.accounts[number].mailboxes;
    ASSERT_EQ(world.store.mailboxes(account_id(number)).value().size(), mailboxes.size());
    for (auto const& [name, mailbox] : mailboxes) {
      ASSERT_NO_FATAL_FAILURE(compare(world, account_id(number), name, mailbox));
    }
  }
  world.expect_sound();
}

void run_one(std::uint64_t seed, SteadyTime until) {
  kv::MemoryKeyValue engine;
  kv::StoragePool pool(4);
  Judge judge;
  TestWorld world(&engine, &pool);
  for (std::size_t number = 0; number < 2; ++number) world.create_account(account_id(number));
  std::vector<std::unique_ptr<Session>> sessions;
  for (std::size_t i = 0; i < kSessions; ++i) {
    sessions.push_back(std::make_unique<Session>(world, judge, seed * kSessions + i));
  }
  for (int round = 0; round < 10; ++round) {
    {
      std::vector<std::jthread> threads;
      for (auto& session : sessions) threads.emplace_back([&session] { session->run(); });
    }
    for (auto& session : sessions) session->expect_truth();
    ASSERT_NO_FATAL_FAILURE(compare_all(world, judge));
    if (testing::Test::HasFailure() || SystemClock().steady() > until) return;
  }
}

TEST(StoreSoak, eight_sessions_agree_with_the_model) {
  SteadyTime const until = SystemClock().steady() + std::chrono::seconds(seconds_to_run);
  std::uint64_t seed = first_seed;
  do {
    ASSERT_NO_FATAL_FAILURE(run_one(seed, until)) << "seed " << seed;
    if (HasFailure()) FAIL() << "seed " << seed;
    ++seed;
  } while (SystemClock().steady() < until);
}

bool take_option(int argc, char** argv, char const* name, std::uint64_t& value) {
  for (int i = 1; i + 1 < argc; ++i) {
    if (std::strcmp(argv[i], name) != 0) continue;
    char const* const end = argv[i + 1] + std::strlen(argv[i + 1]);
    return std::from_chars(argv[i + 1], end, value).ptr == end;
  }
  return true;
}

}  // namespace
}  // namespace yubin::store

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  using namespace yubin::store;
  if (!take_option(argc, argv, "--seconds", seconds_to_run) || !take_option(argc, argv, "--seed", first_seed)) return 2;
  return RUN_ALL_TESTS();
}
