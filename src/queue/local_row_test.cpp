#include "queue/local_row.h"

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace yubin::queue {
namespace {

LocalRow example() {
  return {.body = {UniqueId(1, 2), 300},
          .summary = "s",
          .trace = "t",
          .reverse_path = "a@b.example",
          .accepted = 1'700'000'000,
          .service = "mx",
          .message_id = "<m>",
          .targets = {{kv::AccountId(258), "all@b.test", "c@b.test"}}};
}

// The bytes that docs/FORMAT.md shows.
TEST(LocalRow, is_as_documented) {
  LocalKey const key{UniqueId(1, 2), 3};
  EXPECT_EQ(to_hex(key.encode()), "010000000000000001000000000000000200000003");
  EXPECT_EQ(LocalKey::decode(key.encode()).value(), key);
  EXPECT_EQ(to_hex(encode_local(example())),
            "0100000000000000010000000000000002ac02"
            "0173"
            "0174"
            "0b6140622e6578616d706c65"
            "80c49fd50c"
            "026d78"
            "033c6d3e"
            "01"
            "0000000000000102"
            "0a616c6c40622e74657374"
            "086340622e74657374");
  EXPECT_EQ(decode_local(encode_local(example())).value(), example());
}

TEST(LocalRow, refuses_what_is_cut_or_goes_on) {
  std::string const value = encode_local(example());
  for (std::size_t length = 0; length < value.size(); ++length)
    EXPECT_FALSE(decode_local(value.substr(0, length)).has_value()) << length;
  EXPECT_FALSE(decode_local(value + "x").has_value());
  std::string const key = LocalKey{UniqueId(1, 2), 3}.encode();
  for (std::size_t length = 0; length < key.size(); ++length)
    EXPECT_FALSE(LocalKey::decode(key.substr(0, length)).has_value()) << length;
  EXPECT_FALSE(LocalKey::decode(key + "x").has_value());
  EXPECT_FALSE(LocalKey::decode("\x02" + key.substr(1)).has_value());
}

TEST(LocalRow, range_has_its_keys_and_no_others) {
  kv::Range const range = local_range();
  std::string const key = LocalKey{UniqueId(~std::uint64_t{0}, ~std::uint64_t{0}), ~std::uint32_t{0}}.encode();
  EXPECT_LE(range.from, key);
  EXPECT_LT(key, range.to);
  EXPECT_EQ(range.to, "\x02");
}

}  // namespace
}  // namespace yubin::queue
