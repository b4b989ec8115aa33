// The bytes of a segment file and of a body's place row (Table::body). All numbers are big-endian, all checksums XXH3
// with 64 bits.
//
// A segment is a file `<number as 16 hex digits>.segment`: a header, then records one after the other. Bytes that no
// place row points at mean nothing: a body that was never placed, or the rest of a write that a crash cut off.
//
//   header, 32 bytes   offset  0   8 bytes   "YUBINSEG"
//                              8   4         version: 1
//                             12   4         zero
//                             16   8         the segment's number
//                             24   8         checksum of the 24 bytes before
//
//   record             offset  0   4 bytes   "YBDY"
//                              4   1         version: 1
//                              5   3         zero
//                              8  16         BodyId
//                             24   8         size of the body in bytes
//                             32   8         checksum of the 32 bytes before
//                             40             the body in pieces of 64 KiB, the last one as long as what is left; after
//                                            each piece 8 bytes: its checksum, with a seed that is the checksum of the
//                                            BodyId's 16 bytes and the piece's number in 8 bytes
//
// So any piece can be checked alone, and a piece of another body, or out of place, does not pass. An empty body has no
// piece.
//
//   place row          byte 1, then the body itself                               (a small body: no segment holds it)
//                      byte 2, then varints: segment, offset of the record, size  (kv: ByteWriter::varint)
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "kv/bodies.h"

namespace yubin::kv {

inline constexpr std::size_t kSegmentHeader = 32;
inline constexpr std::size_t kRecordHeader = 40;
inline constexpr std::size_t kPiece = 64 * 1024;
inline constexpr std::size_t kPieceChecksum = 8;

// ---- files

std::string segment_name(std::uint64_t number);
std::optional<std::uint64_t> parse_segment_name(std::string_view name);

std::string segment_header(std::uint64_t number);
// Errors: corrupt, also for the header of another segment.
Result<> check_segment_header(std::string_view bytes, std::uint64_t number);

// ---- records

std::string record_header(BodyRef const& body);
Result<BodyRef> parse_record_header(std::string_view bytes);

// Appends the piece and its checksum.
void append_piece(std::string& out, BodyId id, std::uint64_t number, std::string_view piece);
// The piece without its checksum; points into `bytes`, which hold both. Errors: corrupt.
Result<std::string_view> check_piece(BodyId id, std::uint64_t number, std::string_view bytes);

// Where piece `number` begins, from the record's first byte.
constexpr std::uint64_t piece_offset(std::uint64_t number) {
  return kRecordHeader + number * (kPiece + kPieceChecksum);
}
// How long the record of a body is.
constexpr std::uint64_t record_size(std::uint64_t body_size) {
  return kRecordHeader + body_size + (body_size + kPiece - 1) / kPiece * kPieceChecksum;
}

// ---- place rows

struct SegmentPlace {
  std::uint64_t segment = 0;
  std::uint64_t offset = 0;  // of the record in the segment
  std::uint64_t size = 0;    // of the body
  friend bool operator==(SegmentPlace const&, SegmentPlace const&) = default;
};
struct InlineBody {
  std::string bytes;
  friend bool operator==(InlineBody const&, InlineBody const&) = default;
};
using Place = std::variant<InlineBody, SegmentPlace>;

std::string encode_place(Place const& place);
Result<Place> parse_place(std::string_view row);  // corrupt
// Leaves of the row the body's bytes; false, and nothing is changed, if they are elsewhere.
bool take_inline_bytes(std::string& row);

}  // namespace yubin::kv
