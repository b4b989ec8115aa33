// The examples of docs/FORMAT.md.
#include "queue/message_row.h"

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace yubin::queue {
namespace {

UniqueId const kId(1, 2);

std::string hex(std::string_view spaced) {
  std::string out(spaced);
  std::erase(out, ' ');
  return from_hex(out).value();
}

TEST(MessageRow, keys) {
  EXPECT_EQ(MessageKey{kId}.encode(), hex("02 0000000000000001 0000000000000002"));
  EXPECT_EQ((RecipientKey{kId, 3}.encode()), hex("03 0000000000000001 0000000000000002 00000003"));
  DueKey const due{{"b.test"}, 1'700'000'000, kId, 3};
  EXPECT_EQ(due.encode(), hex("04 622e74657374 00 000000006553f100 0000000000000001 0000000000000002 00000003"));
  EXPECT_EQ(DueKey::decode(due.encode()).value(), due);
  DueKey const of_sender{{"b.test", Priority::bulk, "a"}, 1'700'000'000, kId, 3};
  EXPECT_EQ(of_sender.encode(),
            hex("04 622e74657374 01 33 61 00 000000006553f100 0000000000000001 0000000000000002 00000003"));
  EXPECT_EQ(DueKey::decode(of_sender.encode()).value(), of_sender);
  EXPECT_EQ(RecipientKey::decode(RecipientKey{kId, 3}.encode()).value(), (RecipientKey{kId, 3}));
  EXPECT_EQ(MessageKey::decode(MessageKey{kId}.encode()).value(), MessageKey{kId});
}

TEST(MessageRow, message) {
  MessageRow const row{.body = {UniqueId(3, 4), 300},
                       .prefix = "R",
                       .reverse_path = smtp::ReversePath::parse("<a@b.test>").value(),
                       .parameters = {.size = {},
                                      .body = smtp::BodyType::eight_bit_mime,
                                      .smtputf8 = true,
                                      .ret = smtp::Return::headers,
                                      .envelope_id = "x"},
                       .accepted = 1'700'000'000,
                       .service = "submission",
                       .message_id = "<m>",
                       .priority = Priority::normal,
                       .sender = "s"};
  EXPECT_EQ(encode_message(row),
            hex("02 00000000000000030000000000000004 ac02 01 52 0a 3c6140622e746573743e 01 01 02 01 78"
                "80c49fd50c 0a 7375626d697373696f6e 03 3c6d3e 02 01 73"));
  EXPECT_EQ(decode_message(encode_message(row)).value(), row);
}

TEST(MessageRow, recipient) {
  RecipientRow const row{.recipient = {smtp::ForwardPath::parse("<c@d.test>").value(),
                                       {smtp::Notify{.success = true, .failure = true}, {{"rfc822", "c@d.test"}}}},
                         .destination = "d.test",
                         .standing = Standing::waiting,
                         .due = 1'700'000'300,
                         .attempts = 1,
                         .tried = 1'700'000'000,
                         .status = "4.2.0",
                         .remote_text = "450",
                         .remote_host = "mx",
                         .note = "n",
                         .warned = true};
  EXPECT_EQ(encode_recipient(row),
            hex("02 0a 3c6340642e746573743e 0b 01 06 726663383232 08 6340642e74657374 06 642e74657374 01 d8c89fd50c 01"
                "80c49fd50c 05 342e322e30 03 343530 02 6d78 01 6e 01"));
  EXPECT_EQ(decode_recipient(encode_recipient(row)).value(), row);
}

TEST(MessageRow, the_first_version_is_read) {
  auto const message = decode_message(
      hex("01 00000000000000030000000000000004 ac02 01 52 0a 3c6140622e746573743e 01 01 02 01 78 80c49fd50c 00 00"));
  EXPECT_EQ(message.value().priority, Priority::normal);
  EXPECT_EQ(message.value().sender, "");
  auto const recipient =
      decode_recipient(hex("01 0a 3c6340642e746573743e 00 00 06 642e74657374 01 d8c89fd50c 01 80c49fd50c 00 00 00 00"));
  EXPECT_FALSE(recipient.value().warned);
}

TEST(MessageRow, what_was_not_written_is_refused) {
  MessageRow const row{.body = {}, .prefix = {}, .reverse_path = {}, .parameters = {}, .service = {}, .message_id = {}};
  std::string const good = encode_message(row);
  EXPECT_TRUE(decode_message(good).has_value());
  for (std::size_t i = 0; i < good.size(); ++i) EXPECT_FALSE(decode_message(good.substr(0, i)).has_value()) << i;
  EXPECT_FALSE(decode_message(good + "x").has_value());
  EXPECT_FALSE(decode_message("\x03" + good.substr(1)).has_value());
}

}  // namespace
}  // namespace yubin::queue
