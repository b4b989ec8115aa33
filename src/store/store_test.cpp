#include "store/store.h"

#include <gtest/gtest.h>

#include "kv/body_refs.h"
#include "store/keys.h"
#include "store/records.h"
#include "store/test_world.h"

namespace yubin::store {
namespace {

AccountId const kHanako{1};
AccountId const kTaro{2};

class StoreTest : public testing::Test {
 public:
  void SetUp() override {
    world.create_account(kHanako);
    world.create_account(kTaro);
    inbox = world.mailbox(kHanako, "INBOX");
  }
  void TearDown() override { world.expect_sound(); }

  Mailbox mailbox_named(std::string_view name) {
    return world.store.find_mailbox(kHanako, name_of(name)).value().value();
  }
  template <class Fn>
  Result<int> on_mailboxes(Fn fn) {
    return world.change<int>({kHanako}, [fn](Changes& changes) -> Result<int> {
      TRY_VOID(fn(changes));
      return 0;
    });
  }
  Result<int> create(std::string_view name) {
    return on_mailboxes([name = name_of(name)](Changes& changes) -> Result<> {
      TRY_VOID(changes.create_mailbox(kHanako, name));
      return {};
    });
  }
  Result<int> remove(std::string_view name) {
    return on_mailboxes([name = name_of(name)](Changes& changes) { return changes.remove_mailbox(kHanako, name); });
  }
  Result<int> rename(std::string_view from, std::string_view to) {
    return on_mailboxes([from = name_of(from), to = name_of(to)](Changes& changes) {
      return changes.rename_mailbox(kHanako, from, to);
    });
  }
  std::vector<std::string> names() {
    std::vector<std::string> names;
    for (Mailbox const& mailbox : world.store.mailboxes(kHanako).value()) names.push_back(mailbox.name.text());
    return names;
  }
  Result<FlagsStored> store_flags(MailboxId mailbox, std::vector<UidRange> uids, FlagChange change) {
    return world.change<FlagsStored>(
        {kHanako}, [=](Changes& changes) { return changes.store_flags(kHanako, mailbox, uids, change); });
  }
  Result<std::vector<Uid>> expunge(MailboxId mailbox, std::vector<UidRange> uids, bool only_deleted = true) {
    return world.change<std::vector<Uid>>(
        {kHanako}, [=](Changes& changes) { return changes.expunge(kHanako, mailbox, uids, only_deleted); });
  }
  void deliver(int count) {
    for (int i = 0; i < count; ++i) ASSERT_TRUE(world.append(kHanako, inbox, world.message("body")).has_value());
  }

  TestWorld world;
  MailboxId inbox;
};

TEST_F(StoreTest, new_account_has_inbox_and_special_use_mailboxes) {
  std::vector<std::pair<std::string, SpecialUse>> found;
  for (Mailbox const& mailbox : world.store.mailboxes(kHanako).value()) {
    EXPECT_TRUE(mailbox.subscribed);
    EXPECT_EQ(mailbox.uid_next, Uid(1));
    EXPECT_GT(mailbox.highest_modseq, ModSeq(0));
    found.emplace_back(mailbox.name.text(), mailbox.special_use);
  }
  EXPECT_EQ(found, (std::vector<std::pair<std::string, SpecialUse>>{{"Archive", SpecialUse::archive},
                                                                    {"Drafts", SpecialUse::drafts},
                                                                    {"INBOX", SpecialUse::none},
                                                                    {"Junk", SpecialUse::junk},
                                                                    {"Sent", SpecialUse::sent},
                                                                    {"Trash", SpecialUse::trash}}));
  UidValidity const before = mailbox_named("INBOX").uid_validity;
  world.create_account(kHanako);
  EXPECT_EQ(mailbox_named("INBOX").uid_validity, before);
}

TEST_F(StoreTest, message_can_be_read_back) {
  NewMessage message = world.message("Subject: x\r\n\r\nbody", SystemFlag::flagged);
  message.keywords = {"$Junk", "Work", "WORK"};
  Appended const appended = world.append(kHanako, inbox, message).value();
  EXPECT_EQ(appended.uid, Uid(1));

  Mailbox const mailbox = mailbox_named("INBOX");
  EXPECT_EQ(mailbox.exists, 1U);
  EXPECT_EQ(mailbox.unseen, 1U);
  EXPECT_EQ(mailbox.keywords, (std::vector<std::string>{"$Junk", "Work"}));
  EXPECT_EQ(appended.uid_validity, mailbox.uid_validity);

  MessageState const state = world.store.states(kHanako, inbox, kAllUids).value().at(0);
  EXPECT_EQ(state.flags, SystemFlags(SystemFlag::flagged));
  EXPECT_EQ(state.keywords, (std::vector<KeywordId>{KeywordId(0), KeywordId(1)}));
  EXPECT_EQ(state.size, message.prefix.size() + message.body.ref.size);
  EXPECT_EQ(state.internal_zone, 540);
  EXPECT_EQ(state.id, appended.id);
  EXPECT_EQ(state.modseq, mailbox.highest_modseq);

  Card const card = world.store.find_card(kHanako, inbox, Uid(1)).value().value();
  EXPECT_EQ(card.summary, "summary");
  std::string const whole = message.prefix + "Subject: x\r\n\r\nbody";
  for (std::size_t offset = 0; offset <= whole.size() + 1; ++offset) {
    for (std::size_t length : {std::size_t{0}, std::size_t{1}, std::size_t{17}, whole.size(), whole.size() + 5}) {
      std::string const expected = offset < whole.size() ? whole.substr(offset, length) : "";
      EXPECT_EQ(world.store.read(card, offset, length).value(), expected) << offset << " " << length;
    }
  }
  EXPECT_EQ(world.store.usage(kHanako).value(), (Usage{1, whole.size()}));
}

TEST_F(StoreTest, keywords_are_one_without_case_and_have_limits) {
  ASSERT_NO_FATAL_FAILURE(deliver(1));
  FlagChange change{FlagAction::add, {}, {"Later", "LATER"}, {}};
  EXPECT_EQ(store_flags(inbox, {kAllUids}, change).value().states.at(0).keywords.size(), 1U);
  change.keywords = {"later"};
  ModSeq const before = mailbox_named("INBOX").highest_modseq;
  ASSERT_TRUE(store_flags(inbox, {kAllUids}, change).has_value());
  EXPECT_EQ(mailbox_named("INBOX").highest_modseq, before);  // nothing changed
  change.keywords = {std::string(129, 'x')};
  EXPECT_EQ(store_flags(inbox, {kAllUids}, change).error().code, Errc::limit);
  change.keywords = {"two words"};
  EXPECT_EQ(store_flags(inbox, {kAllUids}, change).error().code, Errc::syntax);
  change.keywords.clear();
  for (int i = 0; i < 256; ++i) change.keywords.push_back("k" + std::to_string(i));
  EXPECT_EQ(store_flags(inbox, {kAllUids}, change).error().code, Errc::limit);
  EXPECT_EQ(mailbox_named("INBOX").keywords, std::vector<std::string>{"Later"});
  // RFC 9051 section 2.3.2: taking away what is not there makes no new keyword.
  change = {FlagAction::remove, {}, {"Unknown"}, {}};
  ASSERT_TRUE(store_flags(inbox, {kAllUids}, change).has_value());
  EXPECT_EQ(mailbox_named("INBOX").keywords, std::vector<std::string>{"Later"});
}

TEST_F(StoreTest, prefix_and_summary_have_limits) {
  NewMessage message = world.message("x");
  message.prefix = std::string(kMaxPrefix + 1, 'p');
  EXPECT_EQ(world.append(kHanako, inbox, message).error().code, Errc::limit);
  message.prefix.pop_back();
  EXPECT_TRUE(world.append(kHanako, inbox, message).has_value());
  message.summary = std::string(kv::kMaxValue, 's');
  EXPECT_EQ(world.append(kHanako, inbox, message).error().code, Errc::limit);
  EXPECT_EQ(mailbox_named("INBOX").exists, 1U);
}

TEST_F(StoreTest, levels_above_are_made) {
  ASSERT_TRUE(create("a/b/c").has_value());
  EXPECT_EQ(names(),
            (std::vector<std::string>{"Archive", "Drafts", "INBOX", "Junk", "Sent", "Trash", "a", "a/b", "a/b/c"}));
  EXPECT_EQ(create("a/b").error().code, Errc::conflict);
  EXPECT_EQ(create("inbox").error().code, Errc::conflict);
}

TEST_F(StoreTest, mailboxes_with_children_and_inbox_stay) {
  ASSERT_TRUE(create("a/b").has_value());
  EXPECT_EQ(remove("a").error().code, Errc::conflict);
  EXPECT_EQ(remove("INBOX").error().code, Errc::denied);
  EXPECT_EQ(remove("nowhere").error().code, Errc::not_found);
  EXPECT_TRUE(remove("a/b").has_value());
  EXPECT_TRUE(remove("a").has_value());
  EXPECT_EQ(remove("a").error().code, Errc::not_found);
}

TEST_F(StoreTest, removed_mailbox_gives_everything_back) {
  ASSERT_TRUE(create("a").has_value());
  MailboxId const a = world.mailbox(kHanako, "a");
  for (int i = 0; i < 40; ++i) ASSERT_TRUE(world.append(kHanako, a, world.message("body")).has_value());
  ASSERT_TRUE(remove("a").has_value());
  EXPECT_EQ(world.store.usage(kHanako).value(), Usage{});
  EXPECT_EQ(world.store.get_mailbox(kHanako, a).error().code, Errc::not_found);
  EXPECT_TRUE(world.engine.scan(kv::Table::body_ref, kv::body_refs_range(), {}).value().rows.empty());
  EXPECT_EQ(world.append(kHanako, a, world.message("late")).error().code, Errc::not_found);
}

TEST_F(StoreTest, removed_account_leaves_no_row) {
  ASSERT_NO_FATAL_FAILURE(deliver(3));
  ASSERT_TRUE(world.append(kTaro, world.mailbox(kTaro, "INBOX"), world.message("his")).has_value());
  ASSERT_TRUE(on_mailboxes([](Changes& changes) { return changes.remove_account(kHanako); }).has_value());
  EXPECT_TRUE(world.engine.scan(kv::Table::mail, account_range(kHanako), {}).value().rows.empty());
  EXPECT_EQ(world.engine.scan(kv::Table::body_ref, kv::body_refs_range(), {}).value().rows.size(), 1U);
  EXPECT_EQ(world.store.usage(kHanako).error().code, Errc::not_found);
}

// RFC 9051 section 2.3.1.1: a name used again has a higher UIDVALIDITY, also within one second, also if the clock went
// back.
TEST_F(StoreTest, uid_validity_never_goes_backwards_for_a_name) {
  ASSERT_TRUE(create("a").has_value());
  UidValidity last = mailbox_named("a").uid_validity;
  for (auto jump : {0, 0, -5000, 10, 5000}) {
    ASSERT_TRUE(remove("a").has_value());
    world.clock.jump(std::chrono::seconds(jump));
    ASSERT_TRUE(create("a").has_value());
    EXPECT_GT(mailbox_named("a").uid_validity, last);
    last = mailbox_named("a").uid_validity;
  }
  // An older mailbox comes under the name.
  ASSERT_TRUE(create("b").has_value());
  ASSERT_TRUE(remove("a").has_value());
  ASSERT_TRUE(create("a").has_value());
  ASSERT_TRUE(remove("a").has_value());
  last = UidValidity(last.value() + 2);
  ASSERT_TRUE(rename("b", "a").has_value());
  EXPECT_GT(mailbox_named("a").uid_validity, last);
}

TEST_F(StoreTest, rename_keeps_uid_validity_where_it_can) {
  ASSERT_TRUE(create("a/b").has_value());
  Mailbox const a = mailbox_named("a");
  Mailbox const b = mailbox_named("a/b");
  ASSERT_TRUE(rename("a", "x/y").has_value());
  EXPECT_EQ(mailbox_named("x/y").uid_validity, a.uid_validity);
  EXPECT_EQ(mailbox_named("x/y").object_id, a.object_id);
  EXPECT_EQ(mailbox_named("x/y/b").uid_validity, b.uid_validity);
  ASSERT_TRUE(rename("x/y", "a").has_value());
  EXPECT_EQ(mailbox_named("a/b").uid_validity, b.uid_validity);
  EXPECT_TRUE(world.store.find_mailbox(kHanako, name_of("x")).value().has_value());
}

TEST_F(StoreTest, rename_refuses_what_cannot_be) {
  ASSERT_TRUE(create("a/b").has_value());
  ASSERT_TRUE(create("c").has_value());
  EXPECT_EQ(rename("a", "c").error().code, Errc::conflict);
  EXPECT_EQ(rename("a", "a").error().code, Errc::conflict);
  EXPECT_EQ(rename("a", "a/b/c").error().code, Errc::conflict);
  EXPECT_EQ(rename("c", "INBOX").error().code, Errc::conflict);
  EXPECT_EQ(rename("INBOX", "d").error().code, Errc::denied);
  EXPECT_EQ(rename("nowhere", "d").error().code, Errc::not_found);
  std::string deep(200, 'd');
  for (int i = 0; i < 3; ++i) deep += "/" + std::string(200, 'd');
  ASSERT_TRUE(create("a/" + std::string(200, 'e')).has_value());
  EXPECT_EQ(rename("a", deep).error().code, Errc::limit);
  EXPECT_TRUE(world.store.find_mailbox(kHanako, name_of("a/b")).value().has_value());
}

TEST_F(StoreTest, past_names_are_forgotten_before_they_fill_the_store) {
  ASSERT_TRUE(create("old").has_value());
  UidValidity const old = mailbox_named("old").uid_validity;
  for (int i = 0; i < 5000; ++i) {
    ASSERT_TRUE(on_mailboxes([i](Changes& changes) -> Result<> {
                  MailboxName const name = name_of("n" + std::to_string(i));
                  TRY_VOID(changes.create_mailbox(kHanako, name));
                  return changes.remove_mailbox(kHanako, name);
                }).has_value());
  }
  EXPECT_LT(world.engine.scan(kv::Table::mail, names_range(kHanako), {.rows = 10'000}).value().rows.size(), 5000U);
  // What name it takes is not known to be new, so the UIDVALIDITY is.
  ASSERT_TRUE(rename("old", "n1").has_value());
  EXPECT_GT(mailbox_named("n1").uid_validity, old);
}

TEST_F(StoreTest, subscription_is_kept) {
  auto subscribe = [&](bool subscribed) {
    return on_mailboxes(
        [=](Changes& changes) { return changes.set_subscribed(kHanako, MailboxName::inbox(), subscribed); });
  };
  ASSERT_TRUE(subscribe(false).has_value());
  EXPECT_FALSE(mailbox_named("INBOX").subscribed);
  ASSERT_TRUE(subscribe(true).has_value());
  EXPECT_TRUE(mailbox_named("INBOX").subscribed);
}

TEST_F(StoreTest, unchanged_since_leaves_later_changes_alone) {
  ASSERT_NO_FATAL_FAILURE(deliver(3));
  ModSeq const seen = mailbox_named("INBOX").highest_modseq;
  ASSERT_TRUE(store_flags(inbox, {{Uid(2), Uid(2)}}, {FlagAction::add, SystemFlag::seen, {}, {}}).has_value());
  FlagsStored const stored = store_flags(inbox, {kAllUids}, {FlagAction::add, SystemFlag::deleted, {}, seen}).value();
  EXPECT_EQ(stored.modified, std::vector<Uid>{Uid(2)});
  ASSERT_EQ(stored.states.size(), 3U);
  EXPECT_EQ(stored.states, world.store.states(kHanako, inbox, kAllUids).value());
  EXPECT_FALSE(stored.states[1].flags.has(SystemFlag::deleted));
  EXPECT_EQ(mailbox_named("INBOX").deleted, 2U);
}

TEST_F(StoreTest, expunge_takes_what_is_asked_for) {
  ASSERT_NO_FATAL_FAILURE(deliver(100));
  std::vector<UidRange> const odd{{Uid(1), Uid(1)}, {Uid(3), Uid(3)}, {Uid(65), Uid(65)}, {Uid(90), Uid(200)}};
  ASSERT_TRUE(store_flags(inbox, odd, {FlagAction::add, SystemFlag::deleted, {}, {}}).has_value());
  EXPECT_EQ(expunge(inbox, {{Uid(1), Uid(70)}}).value(), (std::vector<Uid>{Uid(1), Uid(3), Uid(65)}));
  EXPECT_EQ(expunge(inbox, {{Uid(1), Uid(89)}}).value(), std::vector<Uid>{});
  EXPECT_EQ(expunge(inbox, {kAllUids}).value().size(), 11U);
  EXPECT_EQ(expunge(inbox, {{Uid(2), Uid(2)}}, false).value(), std::vector<Uid>{Uid(2)});
  EXPECT_EQ(mailbox_named("INBOX").exists, 85U);
  EXPECT_EQ(world.store.uids(kHanako, inbox).value().size(), 85U);
}

TEST_F(StoreTest, reading_in_pieces_gives_the_whole) {
  ASSERT_NO_FATAL_FAILURE(deliver(100));
  ASSERT_TRUE(expunge(inbox, {{Uid(20), Uid(70)}}, false).has_value());
  std::vector<Uid> by_states;
  std::vector<Uid> by_cards;
  for (Uid from(1);;) {
    auto const piece = world.store.states(kHanako, inbox, {from, Uid(0xffffffff)}, 7).value();
    for (MessageState const& state : piece) by_states.push_back(state.uid);
    if (piece.size() < 7) break;
    from = piece.back().uid.next();
  }
  for (Uid from(1);;) {
    auto const piece = world.store.cards(kHanako, inbox, {from, Uid(0xffffffff)}, 7).value();
    for (auto const& [uid, card] : piece) by_cards.push_back(uid);
    if (piece.size() < 7) break;
    from = piece.back().first.next();
  }
  EXPECT_EQ(by_states, world.store.uids(kHanako, inbox).value());
  EXPECT_EQ(by_cards, by_states);
  EXPECT_TRUE(world.store.states(kHanako, inbox, {Uid(9), Uid(8)}).value().empty());
  EXPECT_TRUE(world.store.cards(kHanako, inbox, {Uid(9), Uid(8)}).value().empty());
}

TEST_F(StoreTest, copy_shares_the_body_and_keeps_the_id) {
  NewMessage message = world.message("shared", SystemFlag::seen);
  message.keywords = {"Work"};
  Appended const appended = world.append(kHanako, inbox, message).value();
  MailboxId const to = world.mailbox(kTaro, "Archive");
  Copied const copied = world
                            .change<Copied>({kHanako, kTaro},
                                            [=, this](Changes& changes) {
                                              return changes.copy(kHanako, inbox, std::span(&kAllUids, 1), kTaro, to);
                                            })
                            .value();
  EXPECT_EQ(copied.uids, (std::vector<std::pair<Uid, Uid>>{{Uid(1), Uid(1)}}));
  MessageState const state = world.store.states(kTaro, to, kAllUids).value().at(0);
  EXPECT_EQ(state.id, appended.id);
  EXPECT_EQ(state.flags, SystemFlags(SystemFlag::seen));
  EXPECT_EQ(world.store.get_mailbox(kTaro, to).value().keywords, std::vector<std::string>{"Work"});
  EXPECT_EQ(world.engine.scan(kv::Table::body, {}, {}).value().rows.size(), 1U);
  EXPECT_EQ(world.engine.scan(kv::Table::body_ref, kv::body_refs_range(), {}).value().rows.size(), 2U);
}

// Large enough that the states take more than one page.
TEST_F(StoreTest, copy_into_the_same_mailbox_ends) {
  ASSERT_NO_FATAL_FAILURE(deliver(50));
  std::uint32_t count = 50;
  for (; count < 10'000; count *= 2) {
    auto copied = world.change<Copied>({kHanako}, [this](Changes& changes) {
      return changes.copy(kHanako, inbox, std::span(&kAllUids, 1), kHanako, inbox);
    });
    ASSERT_EQ(copied.value().uids.size(), count);
  }
  EXPECT_EQ(mailbox_named("INBOX").exists, count);
}

TEST_F(StoreTest, one_body_for_many_recipients_is_placed_once) {
  NewMessage const message = world.message("to all");
  MailboxId const other = world.mailbox(kTaro, "INBOX");
  auto both = world.change<int>({kHanako, kTaro}, [=, this](Changes& changes) -> Result<int> {
    TRY_VOID(changes.append(kHanako, inbox, message));
    TRY_VOID(changes.append(kTaro, other, message));
    return 0;
  });
  ASSERT_TRUE(both.has_value());
  EXPECT_EQ(world.engine.scan(kv::Table::body, {}, {}).value().rows.size(), 1U);
  EXPECT_EQ(world.engine.scan(kv::Table::body_ref, kv::body_refs_range(), {}).value().rows.size(), 2U);
}

TEST_F(StoreTest, changes_are_told_from_any_point) {
  ASSERT_NO_FATAL_FAILURE(deliver(3));
  ModSeq const start = mailbox_named("INBOX").highest_modseq;
  ASSERT_TRUE(store_flags(inbox, {{Uid(1), Uid(1)}}, {FlagAction::add, SystemFlag::seen, {}, {}}).has_value());
  ASSERT_NO_FATAL_FAILURE(deliver(2));
  ASSERT_TRUE(expunge(inbox, {{Uid(2), Uid(4)}}, false).has_value());
  ChangesSince const changes = world.store.changes_since(kHanako, inbox, start).value();
  EXPECT_TRUE(changes.complete);
  EXPECT_EQ(changes.mailbox, mailbox_named("INBOX"));
  ASSERT_EQ(changes.changed.size(), 2U);
  EXPECT_EQ(changes.changed[0].uid, Uid(1));
  EXPECT_EQ(changes.changed[1].uid, Uid(5));
  EXPECT_EQ(changes.expunged, (std::vector<Uid>{Uid(2), Uid(3)}));  // 4 came and went
  ChangesSince const none = world.store.changes_since(kHanako, inbox, changes.mailbox.highest_modseq).value();
  EXPECT_TRUE(none.complete && none.changed.empty() && none.expunged.empty());
}

TEST_F(StoreTest, trimmed_change_log_says_so) {
  ASSERT_NO_FATAL_FAILURE(deliver(3));
  ModSeq const early = mailbox_named("INBOX").highest_modseq;
  ASSERT_TRUE(store_flags(inbox, {{Uid(1), Uid(1)}}, {FlagAction::add, SystemFlag::seen, {}, {}}).has_value());
  ASSERT_TRUE(expunge(inbox, {{Uid(2), Uid(2)}}, false).has_value());
  ModSeq const late = mailbox_named("INBOX").highest_modseq;
  ASSERT_NO_FATAL_FAILURE(deliver(1));
  ASSERT_TRUE(
      on_mailboxes([=, this](Changes& changes) { return changes.trim_change_log(kHanako, inbox, late); }).has_value());
  ChangesSince const since_early = world.store.changes_since(kHanako, inbox, early).value();
  EXPECT_FALSE(since_early.complete);
  ASSERT_EQ(since_early.changed.size(), 2U);
  EXPECT_EQ(since_early.changed[0].uid, Uid(1));
  EXPECT_EQ(since_early.changed[1].uid, Uid(4));
  ChangesSince const since_late = world.store.changes_since(kHanako, inbox, late).value();
  EXPECT_TRUE(since_late.complete);
  ASSERT_EQ(since_late.changed.size(), 1U);
}

class CountingWaker final : public Waker {
 public:
  void wake(WakeReason reason) override {
    EXPECT_EQ(reason, WakeReason::changed);
    ++count;
  }
  std::atomic<int> count{0};
};

TEST_F(StoreTest, subscribers_are_woken_once_a_commit_of_their_account) {
  auto hanako = std::make_shared<CountingWaker>();
  auto taro = std::make_shared<CountingWaker>();
  Subscription first = world.store.subscribe(kHanako, hanako);
  Subscription const second = world.store.subscribe(kTaro, taro);
  NewMessage const message = world.message("x");
  auto twice = world.change<int>({kHanako}, [=, this](Changes& changes) -> Result<int> {
    TRY_VOID(changes.append(kHanako, inbox, message));
    TRY_VOID(changes.append(kHanako, inbox, message));
    return 0;
  });
  ASSERT_TRUE(twice.has_value());
  EXPECT_EQ(hanako->count, 1);
  EXPECT_EQ(taro->count, 0);
  // A change that fails or changes nothing tells nobody.
  ASSERT_FALSE(create("INBOX").has_value());
  ASSERT_TRUE(expunge(inbox, {kAllUids}).has_value());
  EXPECT_EQ(hanako->count, 1);
  first = Subscription();
  ASSERT_NO_FATAL_FAILURE(deliver(1));
  EXPECT_EQ(hanako->count, 1);
}

TEST_F(StoreTest, uids_end_before_they_wrap) {
  Mailbox full = mailbox_named("INBOX");
  full.uid_next = Uid(0xfffffffe);
  auto put = world.changer.change<int>({kHanako}, Lane::delivery, [=](kv::Changes& changes) -> Result<int> {
    changes.put(kv::Table::mail, MailboxKey{kHanako, full.id}.encode(), encode_mailbox(full));
    return 0;
  });
  ASSERT_TRUE(put.wait().has_value());
  EXPECT_EQ(world.append(kHanako, inbox, world.message("last")).value().uid, Uid(0xfffffffe));
  EXPECT_EQ(world.append(kHanako, inbox, world.message("none")).error().code, Errc::limit);
  EXPECT_EQ(world.store.uids(kHanako, inbox).value(), std::vector<Uid>{Uid(0xfffffffe)});
  // The UIDs that were passed over are a finding; take the mailbox's log away, which says that it is whole.
  ASSERT_TRUE(on_mailboxes([=, this](Changes& changes) {
                return changes.trim_change_log(kHanako, inbox, ModSeq(~std::uint64_t{0}));
              }).has_value());
}

}  // namespace
}  // namespace yubin::store
