#include "store/threads.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/random.h"
#include "kv/memory_key_value.h"
#include "mime/message_parser.h"
#include "mime/thread.h"
#include "store/housekeeping.h"
#include "store/keys.h"
#include "store/test_world.h"

namespace yubin::store {
namespace {

AccountId const kHanako{1};
AccountId const kTaro{2};
MailboxId const kInbox{1};

class Threads : public testing::Test {
 public:
  void SetUp() override {
    for (AccountId account : {kHanako, kTaro}) world.create_account(account);
  }

  // A message with these header fields, in the INBOX.
  Uid deliver(std::string const& header, AccountId account = kHanako) {
    NewMessage message = world.message(header + "\r\nbody\r\n");
    mime::MessageParser parser;
    parser.feed(header + "\r\nbody\r\n");
    message.summary = mime::encode(std::move(parser).finish());
    return world.append(account, kInbox, message).value().uid;
  }
  MessageState state(Uid uid, AccountId account = kHanako) {
    return world.store.states(account, kInbox, {uid, uid}).value().at(0);
  }
  ThreadId thread(Uid uid, AccountId account = kHanako) { return state(uid, account).thread(); }
  std::size_t rows(AccountId account) {
    return world.engine.scan(kv::Table::mail, threads_range(account), {}).value().rows.size();
  }
  std::size_t forget() {
    Housekeeping keeping(world.engine, world.store, world.clock, {});
    while (keeping.forget_threads().value() == Turn::more) continue;
    return rows(kHanako) + rows(kTaro);
  }

  TestWorld world;
};

TEST_F(Threads, an_answer_is_in_the_thread_of_what_it_answers) {
  Uid const first = deliver("Subject: lunch\r\nMessage-ID: <1@a.example>\r\n");
  Uid const other = deliver("Subject: lunch\r\nMessage-ID: <2@a.example>\r\n");
  Uid const answer = deliver("Subject: Re: lunch\r\nMessage-ID: <3@a.example>\r\nIn-Reply-To: <1@a.example>\r\n");
  Uid const next = deliver("Subject: RE: [x] lunch\r\nReferences: <1@a.example> <3@a.example>\r\n");
  EXPECT_EQ(thread(first), state(first).id);
  EXPECT_EQ(thread(answer), thread(first));
  EXPECT_EQ(thread(next), thread(first));
  EXPECT_EQ(thread(other), state(other).id);
  EXPECT_EQ(rows(kHanako), 3U);
  world.expect_sound();
}

// RFC 8621 section 3: a person who takes an old message to begin something new changes its subject.
TEST_F(Threads, another_subject_is_another_thread) {
  Uid const first = deliver("Subject: lunch\r\nMessage-ID: <1@a.example>\r\n");
  Uid const dinner = deliver("Subject: dinner\r\nMessage-ID: <2@a.example>\r\nIn-Reply-To: <1@a.example>\r\n");
  Uid const answer = deliver("Subject: Re: dinner\r\nIn-Reply-To: <1@a.example>\r\n");
  EXPECT_NE(thread(dinner), thread(first));
  EXPECT_EQ(thread(answer), thread(dinner));
}

TEST_F(Threads, what_comes_late_finds_those_that_answered_it) {
  Uid const answer = deliver("Subject: Re: lunch\r\nMessage-ID: <2@a.example>\r\nIn-Reply-To: <1@a.example>\r\n");
  Uid const first = deliver("Subject: lunch\r\nMessage-ID: <1@a.example>\r\n");
  Uid const sibling = deliver("Subject: Re: lunch\r\nMessage-ID: <3@a.example>\r\nIn-Reply-To: <1@a.example>\r\n");
  EXPECT_EQ(thread(answer), state(answer).id);
  EXPECT_EQ(thread(first), thread(answer));
  EXPECT_EQ(thread(sibling), thread(answer));
}

TEST_F(Threads, are_each_account_s_own_and_copies_keep_to_them) {
  std::string const lunch = "Subject: lunch\r\nMessage-ID: <1@a.example>\r\n";
  Uid const hanakos = deliver(lunch);
  Uid const taros = deliver(lunch, kTaro);
  ASSERT_NE(thread(hanakos), thread(taros, kTaro));
  auto copied = world.change<Copied>({kHanako, kTaro}, [&](Changes& changes) {
    UidRange const one{hanakos, hanakos};
    return changes.copy(kHanako, kInbox, std::span(&one, 1), kTaro, kInbox);
  });
  EXPECT_EQ(thread(copied.value().uids.at(0).second, kTaro), thread(taros, kTaro));

  Uid const answer = deliver("Subject: Re: lunch\r\nIn-Reply-To: <1@a.example>\r\n");
  auto within = world.change<Copied>({kHanako}, [&](Changes& changes) {
    UidRange const one{answer, answer};
    return changes.copy(kHanako, kInbox, std::span(&one, 1), kHanako, kInbox);
  });
  Uid const copy = within.value().uids.at(0).second;
  EXPECT_EQ(thread(copy), thread(hanakos));  // RFC 8474 section 5.2: as its EMAILID
  EXPECT_EQ(state(copy).id, state(answer).id);
}

TEST_F(Threads, outlive_the_messages_that_began_them) {
  Uid const first = deliver("Subject: lunch\r\nMessage-ID: <1@a.example>\r\n");
  ThreadId const lunch = thread(first);
  Uid const answer = deliver("Subject: Re: lunch\r\nMessage-ID: <2@a.example>\r\nIn-Reply-To: <1@a.example>\r\n");
  ASSERT_TRUE(world
                  .change<std::vector<Uid>>({kHanako},
                                            [&](Changes& changes) {
                                              UidRange const one{first, first};
                                              return changes.expunge(kHanako, kInbox, std::span(&one, 1), false);
                                            })
                  .has_value());
  EXPECT_EQ(thread(answer), lunch);
  EXPECT_EQ(thread(deliver("Subject: Re: lunch\r\nReferences: <1@a.example>\r\n")), lunch);
}

TEST_F(Threads, are_forgotten_when_nobody_has_answered_for_a_year) {
  Uid const first = deliver("Subject: lunch\r\nMessage-ID: <1@a.example>\r\n");
  deliver("Subject: dinner\r\nMessage-ID: <2@a.example>\r\n", kTaro);
  for (int month = 0; month < 11; ++month) world.clock.advance(std::chrono::days(31));
  EXPECT_EQ(forget(), 2U);
  std::string const answer = "Subject: Re: lunch\r\nIn-Reply-To: <1@a.example>\r\n";
  EXPECT_EQ(thread(deliver(answer)), thread(first));
  world.clock.advance(std::chrono::days(60));
  EXPECT_EQ(forget(), 1U);  // lunch was answered
  EXPECT_EQ(thread(deliver(answer)), thread(first));
  world.clock.advance(std::chrono::days(366));
  EXPECT_EQ(forget(), 0U);
  EXPECT_NE(thread(deliver(answer)), thread(first));
  world.expect_sound();
}

TEST_F(Threads, go_with_their_account) {
  deliver("Subject: lunch\r\nMessage-ID: <1@a.example>\r\n");
  ASSERT_TRUE(world
                  .change<int>({kHanako},
                               [](Changes& changes) -> Result<int> {
                                 TRY_VOID(changes.remove_account(kHanako));
                                 return 0;
                               })
                  .has_value());
  EXPECT_EQ(rows(kHanako), 0U);
}

TEST_F(Threads, a_damaged_row_keeps_no_mail_out) {
  std::string const lunch = "Subject: lunch\r\nMessage-ID: <1@a.example>\r\n";
  deliver(lunch);
  kv::Page const page = world.engine.scan(kv::Table::mail, threads_range(kHanako), {}).value();
  kv::Batch batch;
  batch.put(kv::Table::mail, page.rows.at(0).key, "garbage");
  kv::Batch const* const batches[] = {&batch};
  ASSERT_TRUE(world.engine.write(batches).has_value());
  EXPECT_EQ(thread(deliver("Subject: Re: lunch\r\nIn-Reply-To: <1@a.example>\r\n")).time(), world.clock.now());
  world.expect_sound();
}

// Any messages in any order, against the rule itself: the first known of the ids that a message names, its own first.
TEST_F(Threads, are_as_the_rule_says_whatever_comes) {
  SeededRandom random(7);
  auto below = [&](std::uint64_t limit) { return random.u64() % limit; };
  std::map<std::pair<std::string, std::uint64_t>, ThreadId> known;
  for (int i = 0; i < 400; ++i) {
    std::string const subject = below(4) == 0 ? "dinner" : "lunch";
    std::vector<std::uint64_t> ids;
    std::string header = "Subject: " + std::string(below(2) == 0 ? "Re: " : "") + subject + "\r\n";
    auto id = [&] { return ids.emplace_back(below(120)); };
    if (below(8) != 0) header += "Message-ID: <" + std::to_string(id()) + "@a.example>\r\n";
    if (below(2) == 0) header += "In-Reply-To: <" + std::to_string(id()) + "@a.example>\r\n";
    MessageState const arrived = state(deliver(header));
    std::optional<ThreadId> expected;
    for (std::uint64_t one : ids) {
      auto const found = known.find({subject, one});
      if (!expected && found != known.end()) expected = found->second;
    }
    ASSERT_EQ(arrived.thread(), expected.value_or(arrived.id)) << i << " " << header;
    for (std::uint64_t one : ids) known.emplace(std::pair(subject, one), arrived.thread());
  }
  world.expect_sound();
}

}  // namespace
}  // namespace yubin::store
