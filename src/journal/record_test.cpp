#include "journal/record.h"

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace yubin::journal {
namespace {

EntryId const kId(1'700'000'000'000'000, 7);

Entry full_entry() {
  Entry entry;
  entry.id = kId;
  entry.kind = Kind::message;
  entry.service = "mx";
  entry.peer = "192.0.2.1";
  entry.helo = "mail.example.org";
  entry.tls = "TLSv1.3 TLS_AES_256_GCM_SHA384";
  entry.user = "hanako@example.test";
  entry.sender = "taro@example.org";
  entry.message_id = "<1@example.org>";
  entry.size = 4096;
  entry.recipients = {{"hanako@example.test", "delivered", "2.0.0", "INBOX"},
                      {"nobody@example.test", "refused", "5.1.1", "no such user"}};
  entry.verdict = "accepted";
  entry.reason = "nothing speaks against it";
  entry.facts = {{"spf", "pass"}, {"dkim", "pass d=example.org"}};
  entry.generation = 300;
  return entry;
}

TEST(Record, a_full_entry_comes_back) {
  EXPECT_EQ(decode_entry(kId, encode_entry(full_entry())).value(), full_entry());
}

TEST(Record, an_empty_entry_takes_four_bytes) {
  Entry entry;
  entry.id = kId;
  std::string record = encode_entry(entry);
  EXPECT_EQ(record.size(), 4u);  // version, and the kind: tag, length, number
  EXPECT_EQ(decode_entry(kId, record).value(), entry);
}

TEST(Record, every_entry_cut_short_is_corrupt_or_has_whole_fields) {
  std::string record = encode_entry(full_entry());
  for (std::size_t length = 4; length < record.size(); ++length) {
    auto entry = decode_entry(kId, std::string_view(record).substr(0, length));
    if (entry) {
      EXPECT_EQ(encode_entry(*entry), record.substr(0, length));
    } else {
      EXPECT_EQ(entry.error().code, Errc::corrupt);
    }
  }
}

TEST(Record, fields_of_a_later_version_are_skipped) {
  std::string record = encode_entry(full_entry());
  ByteWriter writer(record);
  writer.varint(4711);
  writer.text("later");
  EXPECT_EQ(decode_entry(kId, record).value(), full_entry());
}

TEST(Record, an_unknown_version_is_corrupt) {
  std::string record = encode_entry(full_entry());
  record[0] = 2;
  EXPECT_EQ(decode_entry(kId, record).error().code, Errc::corrupt);
}

TEST(Record, long_texts_are_cut_between_characters) {
  Entry entry = full_entry();
  entry.helo = std::string(331, 'x');
  entry.reason = "x";
  for (int i = 0; i < 1000; ++i) entry.reason += "郵";
  Entry stored = decode_entry(kId, encode_entry(entry)).value();
  EXPECT_EQ(stored.helo, std::string(327, 'x') + "…");
  EXPECT_EQ(stored.reason.size(), 1 + 331 * 3 + 3u);
  EXPECT_TRUE(stored.reason.ends_with("郵…"));
}

TEST(Record, what_fits_is_not_cut) {
  Entry entry = full_entry();
  entry.helo = std::string(330, 'x');
  EXPECT_EQ(decode_entry(kId, encode_entry(entry)).value(), entry);
}

TEST(Record, a_row_has_a_limit_and_counts_what_is_left_out) {
  Entry entry = full_entry();
  entry.facts.clear();
  entry.recipients.assign(1000, {std::string(1000, 'a'), "failed", "5.0.0", std::string(1000, 'b')});
  std::string record = encode_entry(entry);
  EXPECT_LE(record.size(), Limits{}.row + 64);
  EXPECT_LT(record.size(), kv::kMaxValue);
  Entry stored = decode_entry(kId, record).value();
  EXPECT_GT(stored.recipients.size(), 100u);
  EXPECT_EQ(stored.recipients.size() + stored.omitted, 1000u);
}

}  // namespace
}  // namespace yubin::journal
