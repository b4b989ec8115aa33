// The examples of docs/FORMAT.md.
#include "queue/kept_row.h"

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace yubin::queue {
namespace {

std::string hex(std::string_view spaced) {
  std::string out(spaced);
  std::erase(out, ' ');
  return from_hex(out).value();
}

TEST(KeptRow, keys_and_values) {
  KeptKey const key{1'700'000'000, UniqueId(1, 2), 3};
  EXPECT_EQ(key.encode(), hex("6b 000000006553f100 0000000000000001 0000000000000002 00000003"));
  EXPECT_EQ(KeptKey::decode(key.encode()).value(), key);
  EXPECT_EQ(told_key(), hex("70"));
  EXPECT_EQ(encode_told(1'700'000'000), hex("01 80c49fd50c"));
  EXPECT_EQ(decode_told(encode_told(1'700'000'000)).value(), 1'700'000'000);
  std::string const good = key.encode();
  for (std::size_t i = 0; i < good.size(); ++i) EXPECT_FALSE(KeptKey::decode(good.substr(0, i)).has_value()) << i;
  EXPECT_FALSE(KeptKey::decode("l" + good.substr(1)).has_value());
  EXPECT_FALSE(decode_told(hex("02 80c49fd50c")).has_value());
}

TEST(KeptRow, is_of_mail_of_others_whose_senders_are_not_told) {
  MessageRow const message{.body = {},
                           .prefix = {},
                           .reverse_path = smtp::ReversePath::parse("<a@b.test>").value(),
                           .parameters = {},
                           .service = "mx",
                           .message_id = {}};
  RecipientRow recipient{.recipient = {smtp::ForwardPath::parse("<c@d.test>").value()}, .destination = "d.test"};
  EXPECT_FALSE(is_kept_if_failed(message, recipient));
  recipient.recipient.parameters.notify = smtp::Notify{};
  EXPECT_TRUE(is_kept_if_failed(message, recipient));
  recipient.recipient.parameters.notify = smtp::Notify{.failure = true};
  EXPECT_FALSE(is_kept_if_failed(message, recipient));
  MessageRow report = message;
  report.reverse_path = {};
  EXPECT_TRUE(is_kept_if_failed(report, recipient));
  report.service = "report";
  EXPECT_FALSE(is_kept_if_failed(report, recipient));
}

}  // namespace
}  // namespace yubin::queue
