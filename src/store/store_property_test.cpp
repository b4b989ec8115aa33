// Operations at random, on two accounts, against a model; after each the whole answer of the store is compared.
#include <gtest/gtest.h>

#include "base/random.h"
#include "store/test_model.h"
#include "store/test_world.h"

namespace yubin::store {
namespace {

constexpr std::array<char const*, 10> kNames = {"INBOX", "Sent",   "a",    "a/b",       "a/b/c",
                                                "d",     "d/仕事", "受信", "INBOX/sub", "e/f"};
constexpr std::array<char const*, 5> kKeywords = {"$Junk", "Work", "WORK", "later", "$Forwarded"};

AccountId account_id(std::size_t number) {
  return AccountId(number + 1);
}

// What somebody knew of a mailbox at a time.
struct Remembered {
  std::size_t account;
  MailboxId mailbox;
  ModSeq modseq;
  std::uint64_t identity;
  ModelMailbox model;
};

class RandomRun {
 public:
  explicit RandomRun(std::uint64_t seed) : random_(seed) {
    for (std::size_t number = 0; number < 2; ++number) world_.create_account(account_id(number));
  }

  void step() {
    if (random_.u64() % 4 == 0) world_.clock.advance(std::chrono::seconds(random_.u64() % 3));
    if (random_.u64() % 50 == 0) world_.clock.jump(-std::chrono::seconds(1000));
    switch (random_.u64() % 14) {
      case 0:
        create();
        break;
      case 1:
        remove();
        break;
      case 2:
        rename();
        break;
      case 3:
        subscribe();
        break;
      case 4:
      case 5:
      case 6:
        append();
        break;
      case 7:
      case 8:
      case 9:
        store_flags();
        break;
      case 10:
        expunge(true);
        break;
      case 11:
        expunge(false);
        break;
      case 12:
        copy_or_move(false);
        break;
      default:
        copy_or_move(true);
        break;
    }
  }

  void compare() {
    for (std::size_t number = 0; number < 2; ++number) compare_account(number);
    world_.expect_sound();
  }

  void remember() {
    std::size_t const number = any_account();
    std::string const name = existing_name(number);
    Mailbox const mailbox = read_mailbox(number, name);
    ModelMailbox const& model = model_.accounts[number].mailboxes.at(name);
    remembered_.push_back({number, mailbox.id, mailbox.highest_modseq, model.identity, model});
  }

  // changes_since() from every remembered point says exactly what became of it.
  void compare_changes() {
    for (Remembered const& then : remembered_) {
      auto const& mailboxes = model_.accounts[then.account].mailboxes;
      auto now = std::ranges::find_if(mailboxes, [&](auto const& m) { return m.second.identity == then.identity; });
      auto changes = world_.store.changes_since(account_id(then.account), then.mailbox, then.modseq);
      if (now == mailboxes.end()) {
        EXPECT_EQ(changes.error().code, Errc::not_found);
        continue;
      }
      ASSERT_TRUE(changes.has_value());
      EXPECT_TRUE(changes->complete);
      std::vector<std::uint32_t> changed;
      std::vector<std::uint32_t> expunged;
      for (MessageState const& state : changes->changed) changed.push_back(state.uid.value());
      for (Uid uid : changes->expunged) expunged.push_back(uid.value());
      EXPECT_EQ(changed, expected_changed(then.model, now->second));
      EXPECT_EQ(expunged, expected_expunged(then.model, now->second));
    }
  }

 private:
  std::size_t any_account() { return random_.u64() % 2; }
  std::string any_name() { return kNames[random_.u64() % kNames.size()]; }
  std::string existing_name(std::size_t account) {
    auto const& mailboxes = model_.accounts[account].mailboxes;
    return std::next(mailboxes.begin(), static_cast<std::ptrdiff_t>(random_.u64() % mailboxes.size()))->first;
  }
  ModelMailbox& model_mailbox(std::size_t account, std::string const& name) {
    return model_.accounts[account].mailboxes.at(name);
  }
  Mailbox read_mailbox(std::size_t account, std::string const& name) {
    return world_.store.find_mailbox(account_id(account), name_of(name)).value().value();
  }

  // Ranges of UIDs with gaps and overlaps, and those of them that the mailbox has.
  std::pair<std::vector<UidRange>, std::set<std::uint32_t>> some_uids(ModelMailbox const& mailbox) {
    std::vector<UidRange> ranges;
    std::set<std::uint32_t> uids;
    for (std::uint64_t i = random_.u64() % 4; i > 0; --i) {
      auto const first = static_cast<std::uint32_t>(random_.u64() % (mailbox.uid_next + 3));
      std::uint32_t const last =
          random_.u64() % 8 == 0 ? 0xffffffff : first + static_cast<std::uint32_t>(random_.u64() % 9);
      ranges.push_back({Uid(first), Uid(last)});
      for (auto const& [uid, message] : mailbox.messages) {
        if (uid >= first && uid <= last) uids.insert(uid);
      }
    }
    return {ranges, uids};
  }

  SystemFlags some_flags() { return SystemFlags(static_cast<std::uint8_t>(random_.u64())); }
  std::vector<std::string> some_keywords() {
    std::vector<std::string> keywords;
    for (std::uint64_t i = random_.u64() % 3; i > 0; --i)
      keywords.push_back(kKeywords[random_.u64() % kKeywords.size()]);
    return keywords;
  }

  void expect_outcome(Result<int> const& got, std::optional<Errc> expected) {
    ASSERT_EQ(got.has_value(), !expected.has_value()) << (got ? "" : got.error().detail);
    if (expected) EXPECT_EQ(got.error().code, *expected);
  }

  void create() {
    std::size_t const number = any_account();
    std::string const name = any_name();
    expect_outcome(on_account(number,
                              [=](Changes& changes) -> Result<> {
                                TRY_VOID(changes.create_mailbox(account_id(number), name_of(name)));
                                return {};
                              }),
                   model_.create(number, name));
  }

  void remove() {
    std::size_t const number = any_account();
    std::string const name = any_name();
    expect_outcome(
        on_account(number, [=](Changes& changes) { return changes.remove_mailbox(account_id(number), name_of(name)); }),
        model_.remove(number, name));
  }

  void rename() {
    std::size_t const number = any_account();
    std::string const from = any_name();
    std::string const to = any_name();
    expect_outcome(on_account(number,
                              [=](Changes& changes) {
                                return changes.rename_mailbox(account_id(number), name_of(from), name_of(to));
                              }),
                   model_.rename(number, from, to));
  }

  void subscribe() {
    std::size_t const number = any_account();
    std::string const name = existing_name(number);
    bool const subscribed = random_.u64() % 2 == 0;
    expect_outcome(on_account(number,
                              [=](Changes& changes) {
                                return changes.set_subscribed(account_id(number), name_of(name), subscribed);
                              }),
                   std::nullopt);
    model_mailbox(number, name).subscribed = subscribed;
  }

  void append() {
    std::size_t const number = any_account();
    std::string const name = existing_name(number);
    std::string const bytes(random_.u64() % 300, 'x');
    NewMessage message = world_.message(bytes, some_flags());
    message.keywords = some_keywords();
    Appended const appended = world_.append(account_id(number), read_mailbox(number, name).id, message).value();
    ModelMailbox& model = model_mailbox(number, name);
    EXPECT_EQ(appended.uid.value(), model.uid_next);
    ModelMessage expected{message.flags, {}, message.prefix + bytes, appended.id};
    for (std::string const& keyword : message.keywords) expected.keywords.insert(to_lower(keyword));
    model_.append(model, expected);
  }

  void store_flags() {
    std::size_t const number = any_account();
    std::string const name = existing_name(number);
    MailboxId const id = read_mailbox(number, name).id;
    ModelMailbox& model = model_mailbox(number, name);
    auto [ranges, uids] = some_uids(model);
    FlagChange const change{static_cast<FlagAction>(random_.u64() % 3), some_flags(), some_keywords(), {}};
    auto stored = world_.change<FlagsStored>({account_id(number)}, [=, uid_ranges = ranges](Changes& changes) {
      return changes.store_flags(account_id(number), id, uid_ranges, change);
    });
    ASSERT_TRUE(stored.has_value());
    std::set<std::uint32_t> told;
    for (MessageState const& state : stored->states) told.insert(state.uid.value());
    EXPECT_EQ(told, uids);
    model_.store_flags(model, uids, change);
  }

  void expunge(bool only_deleted) {
    std::size_t const number = any_account();
    std::string const name = existing_name(number);
    MailboxId const id = read_mailbox(number, name).id;
    ModelMailbox& model = model_mailbox(number, name);
    auto [ranges, uids] = some_uids(model);
    if (only_deleted) {
      std::erase_if(uids, [&](std::uint32_t uid) { return !model.messages.at(uid).flags.has(SystemFlag::deleted); });
    }
    auto expunged = world_.change<std::vector<Uid>>({account_id(number)}, [=, uid_ranges = ranges](Changes& changes) {
      return changes.expunge(account_id(number), id, uid_ranges, only_deleted);
    });
    ASSERT_TRUE(expunged.has_value());
    std::set<std::uint32_t> told;
    for (Uid uid : *expunged) told.insert(uid.value());
    EXPECT_EQ(told, uids);
    model_.expunge(model, uids);
  }

  void copy_or_move(bool move) {
    std::size_t const from = any_account();
    std::size_t const to = any_account();
    std::string const from_name = existing_name(from);
    std::string const to_name = existing_name(to);
    MailboxId const from_id = read_mailbox(from, from_name).id;
    MailboxId const to_id = read_mailbox(to, to_name).id;
    ModelMailbox& source = model_mailbox(from, from_name);
    ModelMailbox& target = model_mailbox(to, to_name);
    auto [ranges, uids] = some_uids(source);
    std::vector<std::pair<std::uint32_t, std::uint32_t>> expected;
    for (std::uint32_t uid : uids) {
      expected.emplace_back(uid, target.uid_next + static_cast<std::uint32_t>(expected.size()));
    }
    auto copied = world_.change<Copied>({account_id(from), account_id(to)}, [=, uid_ranges = ranges](Changes& changes) {
      return move ? changes.move(account_id(from), from_id, uid_ranges, account_id(to), to_id)
                  : changes.copy(account_id(from), from_id, uid_ranges, account_id(to), to_id);
    });
    ASSERT_TRUE(copied.has_value()) << copied.error().detail;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> told;
    for (auto const& [from_uid, to_uid] : copied->uids) told.emplace_back(from_uid.value(), to_uid.value());
    EXPECT_EQ(told, expected);
    move ? model_.move(source, uids, target) : model_.copy(source, uids, target);
  }

  template <class Fn>
  Result<int> on_account(std::size_t number, Fn fn) {
    return world_.change<int>({account_id(number)}, [fn](Changes& changes) -> Result<int> {
      TRY_VOID(fn(changes));
      return 0;
    });
  }

  void compare_account(std::size_t number) {
    auto const& expected = model_.accounts[number].mailboxes;
    std::vector<Mailbox> const found = world_.store.mailboxes(account_id(number)).value();
    ASSERT_EQ(found.size(), expected.size());
    auto mailbox = found.begin();
    Usage usage;
    for (auto const& [name, model] : expected) {
      ASSERT_EQ(mailbox->name.text(), name);
      EXPECT_EQ(world_.store.find_mailbox(account_id(number), mailbox->name).value(), *mailbox);
      compare_mailbox(number, *mailbox, model);
      usage.messages += mailbox->exists;
      usage.bytes += mailbox->size;
      ++mailbox;
    }
    EXPECT_EQ(world_.store.usage(account_id(number)).value(), usage);
  }

  void compare_mailbox(std::size_t number, Mailbox const& mailbox, ModelMailbox const& model) {
    EXPECT_EQ(mailbox.exists, model.messages.size());
    EXPECT_EQ(mailbox.uid_next.value(), model.uid_next);
    EXPECT_EQ(mailbox.subscribed, model.subscribed);
    check_monotonic(number, mailbox, model);
    auto const states = world_.store.states(account_id(number), mailbox.id, kAllUids).value();
    auto const cards = world_.store.cards(account_id(number), mailbox.id, kAllUids, 100'000).value();
    std::vector<Uid> uids;
    uids.reserve(model.messages.size());
    for (auto const& [uid, message] : model.messages) uids.emplace_back(uid);
    EXPECT_EQ(world_.store.uids(account_id(number), mailbox.id).value(), uids);
    ASSERT_EQ(states.size(), model.messages.size());
    ASSERT_EQ(cards.size(), model.messages.size());
    std::size_t at = 0;
    std::uint64_t size = 0;
    for (auto const& [uid, message] : model.messages) {
      MessageState const& state = states[at];
      EXPECT_EQ(state.uid.value(), uid);
      EXPECT_EQ(cards[at].first.value(), uid);
      EXPECT_EQ(state.flags, message.flags);
      EXPECT_EQ(keyword_texts(mailbox, state), message.keywords);
      EXPECT_EQ(state.id, message.id);
      EXPECT_EQ(world_.store.read(cards[at].second, 0, 100'000).value(), message.content);
      check_modseq(model.identity, state, message);
      size += message.content.size();
      ++at;
    }
    EXPECT_EQ(mailbox.size, size);
  }

  static std::set<std::string> keyword_texts(Mailbox const& mailbox, MessageState const& state) {
    std::set<std::string> texts;
    for (KeywordId id : state.keywords) texts.insert(to_lower(mailbox.keywords.at(id.value())));
    return texts;
  }

  // UIDVALIDITY of a name and HIGHESTMODSEQ of a mailbox; the same UIDVALIDITY is the same mailbox.
  void check_monotonic(std::size_t number, Mailbox const& mailbox, ModelMailbox const& model) {
    auto& [uid_validity, identity] = name_history_[{number, mailbox.name.text()}];
    EXPECT_GE(mailbox.uid_validity, uid_validity) << mailbox.name.text();
    if (mailbox.uid_validity == uid_validity) {
      EXPECT_EQ(model.identity, identity);
    }
    uid_validity = mailbox.uid_validity;
    identity = model.identity;
    ModSeq& highest = highest_modseq_[model.identity];
    EXPECT_GE(mailbox.highest_modseq, highest);
    highest = mailbox.highest_modseq;
  }

  // The mod-sequence of a message rises exactly when the message changes.
  void check_modseq(std::uint64_t identity, MessageState const& state, ModelMessage const& message) {
    auto& [modseq, changed_at] = message_history_[{identity, state.uid.value()}];
    if (changed_at == message.changed_at) {
      EXPECT_EQ(state.modseq, modseq);
    } else {
      EXPECT_GT(state.modseq, modseq);
    }
    modseq = state.modseq;
    changed_at = message.changed_at;
  }

  static std::vector<std::uint32_t> expected_changed(ModelMailbox const& then, ModelMailbox const& now) {
    std::vector<std::uint32_t> uids;
    for (auto const& [uid, message] : now.messages) {
      auto before = then.messages.find(uid);
      if (before == then.messages.end() || before->second.changed_at != message.changed_at) uids.push_back(uid);
    }
    return uids;
  }

  static std::vector<std::uint32_t> expected_expunged(ModelMailbox const& then, ModelMailbox const& now) {
    std::vector<std::uint32_t> uids;
    for (auto const& [uid, message] : then.messages) {
      if (!now.messages.contains(uid)) uids.push_back(uid);
    }
    return uids;
  }

  SeededRandom random_;
  TestWorld world_;
  Model model_;
  std::vector<Remembered> remembered_;
  std::map<std::pair<std::size_t, std::string>, std::pair<UidValidity, std::uint64_t>> name_history_;
  std::map<std::uint64_t, ModSeq> highest_modseq_;
  std::map<std::pair<std::uint64_t, std::uint32_t>, std::pair<ModSeq, std::uint64_t>> message_history_;
};

class StoreProperty : public testing::TestWithParam<std::uint64_t> {};

TEST_P(StoreProperty, random_operations_agree_with_the_model) {
  RandomRun run(GetParam());
  for (int i = 0; i < 400; ++i) {
    ASSERT_NO_FATAL_FAILURE(run.step());
    if (i % 20 == 0) run.remember();
    if (i % 10 == 0) {
      ASSERT_NO_FATAL_FAILURE(run.compare());
      ASSERT_NO_FATAL_FAILURE(run.compare_changes());
    }
    if (testing::Test::HasFailure()) FAIL() << "seed " << GetParam() << " step " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, StoreProperty, testing::Range<std::uint64_t>(1, 9));

}  // namespace
}  // namespace yubin::store
