#include "kv/segment_format.h"

#include <gmock/gmock.h>

#include "base/bytes.h"

namespace yubin::kv {
namespace {

constexpr BodyId kId(0x0102030405060708, 0x1112131415161718);

TEST(SegmentFormat, names_carry_the_number) {
  EXPECT_EQ(segment_name(0x1a), "000000000000001a.segment");
  EXPECT_EQ(parse_segment_name("000000000000001a.segment"), 0x1au);
  for (char const* other : {"000000000000001A.segment", "1a.segment", "000000000000001a.segmenu", "", "LOCK",
                            "00000000000000001a.segment", "000000000000001g.segment"}) {
    EXPECT_EQ(parse_segment_name(other), std::nullopt) << other;
  }
}

TEST(SegmentFormat, headers_are_as_documented) {
  // The checksums are part of the format: a change of any byte here is a new version.
  EXPECT_EQ(to_hex(segment_header(0x1a)),
            "595542494e5345470000000100000000000000000000001a"
            "5e97880652cfff63");
  EXPECT_EQ(to_hex(record_header({kId, 0x1234})),
            "594244590100000001020304050607081112131415161718"
            "0000000000001234"
            "1ef90efc8ca72bac");
  std::string piece;
  append_piece(piece, kId, 1, "piece");
  EXPECT_EQ(to_hex(piece),
            "7069656365"
            "ccdb03ffd236d40a");
}

TEST(SegmentFormat, a_header_passes_only_as_it_was_written) {
  auto const segment = segment_header(7);
  EXPECT_TRUE(check_segment_header(segment, 7));
  EXPECT_FALSE(check_segment_header(segment, 8));
  auto const record = record_header({kId, 99});
  EXPECT_EQ(parse_record_header(record).value(), (BodyRef{kId, 99}));
  for (std::size_t bit = 0; bit < segment.size() * 8; ++bit) {
    auto damaged = segment;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    EXPECT_EQ(check_segment_header(damaged, 7).error().code, Errc::corrupt) << bit;
  }
  for (std::size_t bit = 0; bit < record.size() * 8; ++bit) {
    auto damaged = record;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    EXPECT_EQ(parse_record_header(damaged).error().code, Errc::corrupt) << bit;
  }
  for (std::size_t size = 0; size < record.size(); ++size) {
    EXPECT_FALSE(parse_record_header(std::string_view(record).substr(0, size)));
    if (size < segment.size()) EXPECT_FALSE(check_segment_header(std::string_view(segment).substr(0, size), 7));
  }
}

TEST(SegmentFormat, a_piece_passes_only_whole_and_in_its_place) {
  std::string stored;
  append_piece(stored, kId, 3, "some bytes");
  EXPECT_EQ(check_piece(kId, 3, stored).value(), "some bytes");
  EXPECT_FALSE(check_piece(kId, 2, stored)) << "another piece";
  EXPECT_FALSE(check_piece(BodyId(kId.high(), kId.low() + 1), 3, stored)) << "another body";
  for (std::size_t size = 0; size < stored.size(); ++size) EXPECT_FALSE(check_piece(kId, 3, stored.substr(0, size)));
  for (std::size_t bit = 0; bit < stored.size() * 8; ++bit) {
    auto damaged = stored;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(check_piece(kId, 3, damaged)) << bit;
  }
}

TEST(SegmentFormat, sizes_count_header_pieces_and_checksums) {
  EXPECT_EQ(record_size(0), 40u);
  EXPECT_EQ(record_size(1), 40u + 1 + 8);
  EXPECT_EQ(record_size(kPiece), 40u + kPiece + 8);
  EXPECT_EQ(record_size(kPiece + 1), 40u + kPiece + 8 + 1 + 8);
  EXPECT_EQ(piece_offset(0), 40u);
  EXPECT_EQ(piece_offset(1), record_size(kPiece));
}

TEST(SegmentFormat, place_rows_come_back) {
  for (Place const& place : {Place(InlineBody{""}), Place(InlineBody{"small"}), Place(SegmentPlace{0, 0, 0}),
                             Place(SegmentPlace{~std::uint64_t{0}, 32, std::uint64_t{1} << 40})}) {
    EXPECT_EQ(parse_place(encode_place(place)).value(), place);
  }
  EXPECT_EQ(to_hex(encode_place(InlineBody{"AB"})), "014142");
  EXPECT_EQ(to_hex(encode_place(SegmentPlace{1, 32, 300})), "020120ac02");
}

TEST(SegmentFormat, a_damaged_place_row_is_corrupt) {
  std::string const overlong = encode_place(SegmentPlace{1, ~std::uint64_t{0}, 5});
  for (std::string const& row : {std::string(), std::string("\x03"), std::string("\x02\x01\x20"),
                                 encode_place(SegmentPlace{1, 32, 300}) + "x", overlong}) {
    EXPECT_EQ(parse_place(row).error().code, Errc::corrupt) << to_hex(row);
  }
}

}  // namespace
}  // namespace yubin::kv
