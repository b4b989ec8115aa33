// Segments that are damaged, cut or missing.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "kv/bodies_contract.h"
#include "kv/test_segments.h"

namespace yubin::kv {
namespace {

using testing::HasSubstr;

struct SegmentDamageTest : testing::Test, Segments {};

TEST_F(SegmentDamageTest, a_flipped_bit_is_found_and_named_and_concerns_no_other_body) {
  open();
  auto const before = store(some_bytes(kLarge, 1));
  auto const hit = store(some_bytes(kLarge, 2));
  auto const after = store(some_bytes(kLarge, 3));
  auto const where = place_of(hit);
  auto const at = where.offset + piece_offset(2) + 5;  // in its third piece
  segment(where.segment)[at] ^= 1;
  auto const read = bodies->read(hit.id, 0, kLarge);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Errc::corrupt);
  EXPECT_EQ(read.error().detail, fmt::format("segment {:016x} at {}: the checksum does not match", where.segment,
                                             where.offset + piece_offset(2)));
  EXPECT_TRUE(bodies->read(hit.id, 0, 2 * kPiece)) << "the pieces before";
  EXPECT_TRUE(bodies->read(hit.id, 3 * kPiece, kLarge)) << "the pieces behind";
  EXPECT_FALSE(bodies->read(hit.id, 2 * kPiece, 1));
  EXPECT_TRUE(holds(before, some_bytes(kLarge, 1)));
  EXPECT_TRUE(holds(after, some_bytes(kLarge, 3)));
}

TEST_F(SegmentDamageTest, a_flipped_bit_anywhere_in_a_small_body_is_found) {
  open({.inline_body = 1'000});
  auto const body = store(some_bytes(3'000));
  auto const where = place_of(body);
  for (std::uint64_t at = where.offset; at < where.offset + record_size(3'000); ++at) {
    segment(1)[at] ^= 0x10;
    auto const read = bodies->read(body.id, 0, 3'000);
    ASSERT_FALSE(read) << at;
    EXPECT_EQ(read.error().code, Errc::corrupt);
    segment(1)[at] ^= 0x10;
  }
  EXPECT_TRUE(holds(body, some_bytes(3'000)));
}

TEST_F(SegmentDamageTest, a_segment_cut_at_any_byte_loses_only_what_is_cut) {
  open({.inline_body = 1'000});
  auto const whole = store(some_bytes(3'000, 1));
  auto const torn = store(some_bytes(3'000, 2));
  auto const image = segment(1);
  for (std::uint64_t size = place_of(torn).offset; size < image.size(); ++size) {
    segment(1) = image.substr(0, size);
    auto const read = bodies->read(torn.id, 0, 3'000);
    ASSERT_FALSE(read) << size;
    ASSERT_EQ(read.error().code, Errc::corrupt);
    ASSERT_TRUE(holds(whole, some_bytes(3'000, 1)));
  }
}

TEST_F(SegmentDamageTest, a_missing_segment_concerns_only_its_bodies) {
  open({.segment_bytes = 1});
  auto const lost = store(some_bytes(kSmall, 1));
  auto const kept = store(some_bytes(kSmall, 2));
  ASSERT_TRUE(memory.remove("d/" + segment_name(1)));
  open();
  auto const read = bodies->read(lost.id, 0, 1);
  EXPECT_EQ(read.error(), (Error{Errc::corrupt, "segment 0000000000000001 is missing"}));
  EXPECT_TRUE(holds(kept, some_bytes(kSmall, 2)));
  drop(lost);
  EXPECT_TRUE(bodies->reclaim());
}

TEST_F(SegmentDamageTest, a_file_with_another_segments_header_is_not_read) {
  open({.segment_bytes = 1});
  auto const first = store(some_bytes(kSmall, 1));
  store(some_bytes(kSmall, 2));
  segment(1) = segment(2);
  EXPECT_THAT(bodies->read(first.id, 0, 1).error().detail, HasSubstr("segment 0000000000000001 at 0"));
}

TEST_F(SegmentDamageTest, a_row_that_points_at_another_body_is_corrupt) {
  open();
  auto const first = store(some_bytes(kSmall, 1));
  auto const second = seal(some_bytes(kSmall, 2)).value();
  place({second.ref, encode_place(place_of(first))});
  EXPECT_EQ(bodies->read(second.ref.id, 0, 1).error().code, Errc::corrupt);
  auto shorter = place_of(first);
  shorter.size -= 1;
  place({first, encode_place(shorter)});
  EXPECT_EQ(bodies->read(first.id, 0, 1).error().code, Errc::corrupt);
}

}  // namespace
}  // namespace yubin::kv
