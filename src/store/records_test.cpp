#include "store/records.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/random.h"
#include "store/keys.h"

namespace yubin::store {
namespace {

Mailbox sample_mailbox() {
  Mailbox mailbox;
  mailbox.id = MailboxId(7);
  mailbox.name = MailboxName::parse("仕事/Ordner").value();
  mailbox.uid_validity = UidValidity(1'700'000'000);
  mailbox.uid_next = Uid(0xffffffff);
  mailbox.highest_modseq = ModSeq(~std::uint64_t{0});
  mailbox.log_floor = ModSeq(5);
  mailbox.exists = 3;
  mailbox.unseen = 2;
  mailbox.deleted = 1;
  mailbox.size = 123'456'789'012;
  mailbox.special_use = SpecialUse::trash;
  mailbox.subscribed = true;
  mailbox.keywords = {"$Forwarded", "仕事でない"};
  mailbox.object_id = UniqueId(1, 2);
  return mailbox;
}

MessageState sample_state(std::uint32_t uid) {
  MessageState state;
  state.uid = Uid(uid);
  state.flags = SystemFlags(SystemFlag::seen).with(SystemFlag::draft);
  state.keywords = {KeywordId(0), KeywordId(300)};
  state.modseq = ModSeq(1000 + uid);
  state.size = 4096;
  state.internal_date = 1'700'000'000;
  state.internal_zone = 540;
  state.save_date = 1'700'000'001;
  state.id = UniqueId(0x0006000000000000 + uid, uid);
  return state;
}

// The examples of docs/FORMAT.md.
TEST(Records, are_laid_out_as_documented) {
  AccountRecord const account{MailboxId(7), 6, ModSeq(300), UidValidity(1'700'000'005), 0, UidValidity(0), {2, 5000}};
  EXPECT_EQ(to_hex(encode_account(account)), "010706ac0285e2cfaa060000028827");
  EXPECT_EQ(to_hex(encode_name({MailboxId(3), UidValidity(1'700'000'002)})), "010382e2cfaa06");
  Mailbox sent;
  sent.name = MailboxName::parse("Sent").value();
  sent.object_id = UniqueId(0x00060a24181e4000, 0x0001000000000003);
  sent.uid_validity = UidValidity(1'700'000'002);
  sent.uid_next = Uid(3);
  sent.highest_modseq = ModSeq(300);
  sent.exists = 2;
  sent.unseen = 1;
  sent.size = 5000;
  sent.special_use = SpecialUse::sent;
  sent.subscribed = true;
  sent.keywords = {"$Forwarded"};
  EXPECT_EQ(to_hex(encode_mailbox(sent)),
            "010453656e7400060a24181e4000000100000000000382e2cfaa0603ac020002010088270601010a24466f72776172646564");
  Card const card{"A: b\r\n", {UniqueId(0x00060a24181e4000, 0x0001000000000009), 4096}, "xyz"};
  EXPECT_EQ(to_hex(encode_card(card)), "0100060a24181e40000001000000000009802006413a20620d0a0378797a");
  LogEntry const entry{LogKind::expunged, {{Uid(1), Uid(1)}, {Uid(3), Uid(10)}}, 1'700'000'000};
  EXPECT_EQ(to_hex(encode_log_entry(entry)), "020380c49fd50c0201000207");
  LogEntry const without_time = decode_log_entry(from_hex("01030201000207").value()).value();
  EXPECT_EQ(without_time, (LogEntry{entry.kind, entry.uids, 0}));
  MessageState first;
  first.uid = Uid(33);
  first.flags = SystemFlags(SystemFlag::seen).with(SystemFlag::flagged);
  first.keywords = {KeywordId(0)};
  first.modseq = ModSeq(299);
  first.size = 4102;
  first.internal_date = 1'700'000'000;
  first.internal_zone = 540;
  first.save_date = 1'700'000'001;
  first.id = UniqueId(0x00060a24181e4000, 0x000100000000000a);
  MessageState second = first;
  second.uid = Uid(35);
  second.flags = {};
  second.keywords.clear();
  second.modseq = ModSeq(300);
  second.internal_date += 60;
  second.save_date += 60;
  second.id = UniqueId(0x00060a24181e4001, 0x000100000000000b);
  second.other_thread = first.id;
  EXPECT_EQ(to_hex(encode_states(std::vector{first, second})),
            "020000000aab0280c49fd50c25010000862000b8080200060a24181e4000000100000000000a4001862078b8080200060a24181e40"
            "01000100000000000b00060a24181e4000000100000000000a");
  // Version 1 had no threads.
  second.other_thread.reset();
  EXPECT_EQ(
      decode_states(1, from_hex("010000000aab0280c49fd50c25010000862000b8080200060a24181e4000000100000000000a00018"
                                "62078b8080200060a24181e4001000100000000000b")
                           .value())
          .value(),
      (std::vector{first, second}));
  EXPECT_EQ(to_hex(encode_thread({first.id, 20000})), "0100060a24181e4000000100000000000aa09c01");
}

// Every shorter record and every longer one is refused.
template <class Decode>
void expect_exact(std::string const& value, Decode decode) {
  EXPECT_TRUE(decode(value).has_value());
  for (std::size_t length = 0; length < value.size(); ++length) {
    auto cut = decode(std::string_view(value).substr(0, length));
    ASSERT_FALSE(cut.has_value()) << length;
    EXPECT_EQ(cut.error().code, Errc::corrupt);
  }
  EXPECT_FALSE(decode(value + '\0').has_value());
  std::string other_version = value;
  other_version[0] = 0x7f;
  EXPECT_FALSE(decode(other_version).has_value());
}

TEST(Records, account_comes_back) {
  AccountRecord const account{MailboxId(9), 8, ModSeq(1) /*highest*/, UidValidity(4), 3, UidValidity(2), {10, 20}};
  EXPECT_EQ(decode_account(encode_account(account)).value(), account);
  expect_exact(encode_account(account), decode_account);
}

TEST(Records, name_comes_back) {
  NameRecord const name{MailboxId(0xffffffff), UidValidity(1'700'000'000)};
  EXPECT_EQ(decode_name(encode_name(name)).value(), name);
  expect_exact(encode_name(name), decode_name);
}

TEST(Records, thread_comes_back) {
  ThreadRecord const thread{UniqueId(1, 2), 20000};
  EXPECT_EQ(decode_thread(encode_thread(thread)).value(), thread);
  expect_exact(encode_thread(thread), decode_thread);
}

TEST(Records, mailbox_comes_back) {
  Mailbox const mailbox = sample_mailbox();
  EXPECT_EQ(decode_mailbox(mailbox.id, encode_mailbox(mailbox)).value(), mailbox);
  expect_exact(encode_mailbox(mailbox), [](std::string_view v) { return decode_mailbox(MailboxId(7), v); });
}

TEST(Records, card_comes_back) {
  Card const card{"Return-Path: <>\r\n", {UniqueId(3, 4), 1 << 20}, std::string("sum\0mary", 8)};
  EXPECT_EQ(decode_card(encode_card(card)).value(), card);
  expect_exact(encode_card(card), decode_card);
}

TEST(Records, log_entry_comes_back) {
  LogEntry const entry{LogKind::expunged,
                       {{Uid(1), Uid(1)}, {Uid(3), Uid(0xfffffff0)}, {Uid(0xffffffff), Uid(0xffffffff)}}};
  EXPECT_EQ(decode_log_entry(encode_log_entry(entry)).value(), entry);
  expect_exact(encode_log_entry(entry), decode_log_entry);
}

TEST(Records, log_entry_refuses_uid_0_and_ranges_that_touch_or_overflow) {
  for (char const* hex : {"0101010000",          // UID 0
                          "01010201000100",      // 1, 2: would be one range
                          "010101ffffffff0f01",  // beyond the last UID
                          "0104010100",          // unknown kind
                          "0100010100"}) {
    EXPECT_FALSE(decode_log_entry(from_hex(hex).value()).has_value()) << hex;
  }
}

TEST(Records, states_come_back) {
  std::vector<MessageState> states{sample_state(64), sample_state(65), sample_state(95)};
  states[1].keywords.clear();
  states[1].internal_date = INT64_MIN;
  states[2].internal_date = INT64_MAX;
  states[2].save_date = INT64_MIN;
  states[2].internal_zone = -720;
  states[2].modseq = ModSeq(1);
  std::string const value = encode_states(states);
  EXPECT_EQ(decode_states(2, value).value(), states);
  expect_exact(value, [](std::string_view v) { return decode_states(2, v); });
}

TEST(Records, uids_come_back) {
  UidBits uids;
  uids.set(1).set(8).set(10);
  EXPECT_EQ(to_hex(encode_uids(uids)), "010205");
  EXPECT_EQ(decode_uids(encode_uids(uids)).value(), uids);
  EXPECT_EQ(decode_uids(encode_uids(UidBits().set(kUidsPerRow - 1))).value(), UidBits().set(kUidsPerRow - 1));
  EXPECT_EQ(decode_uids(encode_uids(UidBits().set())).value(), UidBits().set());
  for (std::string const& wrong : {std::string(), std::string("\1"), std::string("\1\1\0", 3),
                                   "\1" + std::string(kUidsPerRow / 8 + 1, 'x'), std::string("\2x")}) {
    EXPECT_EQ(decode_uids(wrong).error().code, Errc::corrupt);
  }
}

TEST(Records, states_of_ordinary_mail_are_small) {
  std::vector<MessageState> states;
  for (std::uint32_t uid = 32; uid < 64; ++uid) {
    states.push_back(sample_state(uid));
    states.back().keywords.clear();
    states.back().internal_date += 600 * uid;
    states.back().save_date = states.back().internal_date;
  }
  EXPECT_LE(encode_states(states).size(), 32 * 30);
}

TEST(Records, random_bytes_are_refused_or_come_back) {
  SeededRandom random(7);
  for (int round = 0; round < 20'000; ++round) {
    std::string value(1 + random.u64() % 60, '\0');
    random.fill(std::as_writable_bytes(std::span(value)));
    value[0] = 1;
    if (auto states = decode_states(5, value)) {
      EXPECT_EQ(decode_states(5, encode_states(*states)).value(), *states);
    }
    if (auto entry = decode_log_entry(value)) {
      EXPECT_EQ(decode_log_entry(encode_log_entry(*entry)).value(), *entry);
    }
  }
}

}  // namespace
}  // namespace yubin::store
