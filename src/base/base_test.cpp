#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/completion.h"
#include "base/log.h"
#include "base/random.h"
#include "base/result.h"
#include "base/strong.h"
#include "base/text.h"
#include "base/unique_id.h"

namespace yubin {
namespace {

using namespace std::chrono_literals;

Result<int> half(int n) {
  if (n % 2 != 0) return fail(Errc::syntax, "odd");
  return n / 2;
}

Result<int> quarter(int n) {
  TRY(int h, half(n));
  TRY(int q, half(h));
  return q;
}

Result<> check_even(int n) {
  TRY_VOID(half(n));
  return {};
}

TEST(Result, try_passes_values_on_and_errors_up) {
  EXPECT_EQ(quarter(12).value(), 3);
  EXPECT_EQ(quarter(6).error(), (Error{Errc::syntax, "odd"}));
  EXPECT_TRUE(check_even(2).has_value());
  EXPECT_FALSE(check_even(3).has_value());
}

TEST(Bytes, integers_and_text_come_back) {
  std::string record;
  ByteWriter writer(record);
  writer.u8(0xfe);
  writer.u16(0x1234);
  writer.u32(0x12345678);
  writer.u64(0x123456789abcdef0);
  writer.varint(0);
  writer.varint(127);
  writer.varint(128);
  writer.varint(~std::uint64_t{0});
  writer.signed_varint(-1);
  writer.signed_varint(INT64_MIN);
  writer.text("郵便");

  ByteReader reader(record);
  EXPECT_EQ(reader.u8().value(), 0xfe);
  EXPECT_EQ(reader.u16().value(), 0x1234);
  EXPECT_EQ(reader.u32().value(), 0x12345678u);
  EXPECT_EQ(reader.u64().value(), 0x123456789abcdef0u);
  EXPECT_EQ(reader.varint().value(), 0u);
  EXPECT_EQ(reader.varint().value(), 127u);
  EXPECT_EQ(reader.varint().value(), 128u);
  EXPECT_EQ(reader.varint().value(), ~std::uint64_t{0});
  EXPECT_EQ(reader.signed_varint().value(), -1);
  EXPECT_EQ(reader.signed_varint().value(), INT64_MIN);
  EXPECT_EQ(reader.text().value(), "郵便");
  EXPECT_TRUE(reader.at_end());
}

TEST(Bytes, a_record_cut_anywhere_is_corrupt) {
  std::string record;
  ByteWriter writer(record);
  writer.u32(7);
  writer.varint(300);
  writer.text("abc");
  for (std::size_t length = 0; length < record.size(); ++length) {
    ByteReader reader(std::string_view(record).substr(0, length));
    auto read_all = [&]() -> Result<> {
      TRY_VOID(reader.u32());
      TRY_VOID(reader.varint());
      TRY_VOID(reader.text());
      return {};
    };
    Result<> read = read_all();
    ASSERT_FALSE(read) << length;
    EXPECT_EQ(read.error().code, Errc::corrupt);
  }
}

TEST(Bytes, a_varint_over_64_bits_is_corrupt) {
  EXPECT_EQ(ByteReader("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02").varint().error().code, Errc::corrupt);
  EXPECT_EQ(ByteReader("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x81\x01").varint().error().code, Errc::corrupt);
}

TEST(Bytes, prefix_end_takes_in_all_keys_with_the_prefix) {
  EXPECT_EQ(prefix_end("ab"), "ac");
  EXPECT_EQ(prefix_end(std::string("a\xff\xff")), "b");
  EXPECT_EQ(prefix_end("\xff"), "");
}

TEST(Bytes, hex) {
  EXPECT_EQ(to_hex(std::string("\x00\xaf", 2)), "00af");
  EXPECT_EQ(from_hex("00aF").value(), std::string("\x00\xaf", 2));
  EXPECT_FALSE(from_hex("0"));
  EXPECT_FALSE(from_hex("0g"));
}

TEST(Text, compares_without_ascii_case_only) {
  EXPECT_TRUE(iequals("MaIl", "mAiL"));
  EXPECT_FALSE(iequals("[", "{"));
  EXPECT_TRUE(istarts_with("mail from:<>", "MAIL FROM:"));
  EXPECT_FALSE(istarts_with("mai", "MAIL"));
}

TEST(Text, numbers_are_digits_that_fit) {
  EXPECT_EQ(parse_number("18446744073709551615"), 18446744073709551615u);
  for (std::string_view bad : {"", "-1", "+1", " 1", "1 ", "18446744073709551616", "0x1"})
    EXPECT_FALSE(parse_number(bad)) << bad;
}

TEST(Text, quoted_shows_controls_and_broken_utf8_and_cuts) {
  EXPECT_EQ(quoted("a\r\n\"b\\"), R"("a\x0d\x0a\x22b\x5c")");
  EXPECT_EQ(quoted("日本"), "\"日本\"");
  EXPECT_EQ(quoted("\x93\xfa"), R"("\x93\xfa")");
  EXPECT_EQ(quoted("\xed\xa0\x80"), R"("\xed\xa0\x80")");
  EXPECT_EQ(quoted("\xc2\x9b\xc2\xa0"), "\"\\xc2\\x9b\xc2\xa0\"");
  EXPECT_EQ(quoted("abcdef", 3), "\"abc\"…");
}

TEST(Text, split_keeps_empty_pieces) {
  EXPECT_EQ(split("a,,b", ',').size(), 3u);
  EXPECT_EQ(split("", ',').size(), 1u);
  EXPECT_EQ(trim(" \t a b \r\n"), "a b");
}

TEST(UniqueId, text_and_bytes_come_back_and_keep_the_order) {
  UniqueId a(1, 2);
  UniqueId b(1, 3);
  UniqueId c(2, 0);
  for (UniqueId id : {a, b, c, UniqueId(~std::uint64_t{0}, ~std::uint64_t{0})}) {
    EXPECT_EQ(UniqueId::parse(id.text()).value(), id);
    EXPECT_EQ(UniqueId::from_bytes(id.bytes()).value(), id);
  }
  EXPECT_LT(a.text(), b.text());
  EXPECT_LT(b.text(), c.text());
  EXPECT_LT(b.bytes(), c.bytes());
  EXPECT_FALSE(UniqueId::parse("8" + std::string(25, '0')));
  EXPECT_FALSE(UniqueId::parse("short"));
}

TEST(UniqueId, rises_even_when_the_clock_goes_back) {
  ManualClock clock{WallTime(1h)};
  UniqueIds ids(clock, 7, ~std::uint64_t{0} - 2);
  UniqueId last = ids.next();
  for (int i = 0; i < 100; ++i) {
    clock.jump(i % 2 != 0 ? -2s : 1s);
    UniqueId id = ids.next();
    EXPECT_LT(last, id);
    last = id;
  }
}

TEST(Completion, runs_callbacks_once_before_and_after) {
  Completer completer;
  int calls = 0;
  completer.on_done([&] { ++calls; });
  EXPECT_FALSE(completer.done());
  completer.finish();
  EXPECT_EQ(calls, 1);
  completer.on_done([&] { ++calls; });
  EXPECT_EQ(calls, 2);
  completer.wait();
}

TEST(Random, seeded_repeats_and_tokens_are_readable) {
  SeededRandom a(1);
  SeededRandom b(1);
  EXPECT_EQ(a.u64(), b.u64());
  SystemRandom system;
  EXPECT_EQ(system.token(20).size(), 20u);
  EXPECT_NE(system.token(20), system.token(20));
}

TEST(Log, scopes_and_quoting) {
  static constexpr LogEvent kEvent{"test.event", LogLevel::info, "for this test"};
  std::string line;
  set_log_sink([&](LogLevel, std::string_view text) { line = text; });
  {
    LogScope outer({{"conn", "7f3"}});
    LogScope inner({{"tx", 2}});
    log(kEvent, {{"from", "<a@example.org>"}, {"helo", "two words\n"}, {"tls", true}});
  }
  EXPECT_EQ(line, R"(test.event conn=7f3 tx=2 from=<a@example.org> helo="two words\x0a" tls=yes)");
  log(kEvent, {});
  EXPECT_EQ(line, "test.event");
  set_log_sink([](LogLevel, std::string_view) {});
}

using Apples = Strong<struct ApplesTag, int>;
TEST(Strong, compares_and_counts) {
  EXPECT_LT(Apples(1), Apples(2));
  EXPECT_EQ(Apples(1).next(), Apples(2));
}

}  // namespace
}  // namespace yubin
