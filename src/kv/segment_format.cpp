#include "kv/segment_format.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>

#include "base/bytes.h"

namespace yubin::kv {

namespace {

constexpr std::string_view kSegmentMagic = "YUBINSEG";
constexpr std::string_view kRecordMagic = "YBDY";
constexpr std::uint32_t kSegmentVersion = 1;
constexpr std::uint8_t kRecordVersion = 1;
constexpr std::uint8_t kInlinePlace = 1;
constexpr std::uint8_t kSegmentPlace = 2;
constexpr std::size_t kNameDigits = 16;
constexpr std::string_view kNameEnding = ".segment";
// No segment comes near this; sums of it with any size stay far from overflow.
constexpr std::uint64_t kMaxOffset = std::uint64_t{1} << 56;

std::uint64_t checksum(std::string_view bytes) {
  return XXH3_64bits(bytes.data(), bytes.size());
}

std::uint64_t piece_checksum(BodyId id, std::uint64_t number, std::string_view piece) {
  std::string seed = id.bytes();
  ByteWriter(seed).u64(number);
  return XXH3_64bits_withSeed(piece.data(), piece.size(), checksum(seed));
}

void append_checksum(std::string& header) {
  ByteWriter(header).u64(checksum(header));
}

// What stands before the header's own checksum.
Result<std::string_view> checked_header(std::string_view bytes, std::size_t size, std::string_view magic) {
  if (bytes.size() != size || !bytes.starts_with(magic)) return fail(Errc::corrupt, "no header");
  std::string_view const covered = bytes.substr(0, size - sizeof(std::uint64_t));
  TRY(std::uint64_t stored, ByteReader(bytes.substr(covered.size())).u64());
  if (stored != checksum(covered)) return fail(Errc::corrupt, "the header's checksum does not match");
  return covered.substr(magic.size());
}

}  // namespace

std::string segment_name(std::uint64_t number) {
  return fmt::format("{:016x}{}", number, kNameEnding);
}

std::optional<std::uint64_t> parse_segment_name(std::string_view name) {
  if (name.size() != kNameDigits + kNameEnding.size() || !name.ends_with(kNameEnding)) return std::nullopt;
  auto const bytes = from_hex(name.substr(0, kNameDigits));
  if (!bytes) return std::nullopt;
  std::uint64_t const number = ByteReader(*bytes).u64().value_or(0);
  if (segment_name(number) != name) return std::nullopt;  // capital digits
  return number;
}

std::string segment_header(std::uint64_t number) {
  std::string out(kSegmentMagic);
  ByteWriter writer(out);
  writer.u32(kSegmentVersion);
  writer.u32(0);
  writer.u64(number);
  append_checksum(out);
  return out;
}

Result<> check_segment_header(std::string_view bytes, std::uint64_t number) {
  TRY(std::string_view fields, checked_header(bytes, kSegmentHeader, kSegmentMagic));
  ByteReader reader(fields);
  TRY(std::uint32_t version, reader.u32());
  if (version != kSegmentVersion) return fail(Errc::corrupt, fmt::format("a segment of version {}", version));
  TRY_VOID(reader.u32());
  TRY(std::uint64_t stored, reader.u64());
  if (stored != number) return fail(Errc::corrupt, fmt::format("the header says that it is segment {}", stored));
  return {};
}

std::string record_header(BodyRef const& body) {
  std::string out(kRecordMagic);
  ByteWriter writer(out);
  writer.u32(std::uint32_t{kRecordVersion} << 24);
  writer.bytes(body.id.bytes());
  writer.u64(body.size);
  append_checksum(out);
  return out;
}

Result<BodyRef> parse_record_header(std::string_view bytes) {
  TRY(std::string_view fields, checked_header(bytes, kRecordHeader, kRecordMagic));
  ByteReader reader(fields);
  TRY(std::uint8_t version, reader.u8());
  if (version != kRecordVersion) return fail(Errc::corrupt, fmt::format("a body's record of version {}", version));
  TRY_VOID(reader.bytes(3));
  TRY(std::string_view id_bytes, reader.bytes(BodyId::kSize));
  BodyRef body;
  TRY(body.id, BodyId::from_bytes(id_bytes));
  TRY(body.size, reader.u64());
  return body;
}

void append_piece(std::string& out, BodyId id, std::uint64_t number, std::string_view piece) {
  ByteWriter writer(out);
  writer.bytes(piece);
  writer.u64(piece_checksum(id, number, piece));
}

Result<std::string_view> check_piece(BodyId id, std::uint64_t number, std::string_view bytes) {
  if (bytes.size() <= kPieceChecksum) return fail(Errc::corrupt, "a piece without bytes");
  std::string_view const piece = bytes.substr(0, bytes.size() - kPieceChecksum);
  TRY(std::uint64_t stored, ByteReader(bytes.substr(piece.size())).u64());
  if (stored != piece_checksum(id, number, piece)) return fail(Errc::corrupt, "the checksum does not match");
  return piece;
}

std::string encode_place(Place const& place) {
  std::string out;
  ByteWriter writer(out);
  if (auto const* body = std::get_if<InlineBody>(&place)) {
    writer.u8(kInlinePlace);
    writer.bytes(body->bytes);
    return out;
  }
  auto const& in_segment = std::get<SegmentPlace>(place);
  writer.u8(kSegmentPlace);
  writer.varint(in_segment.segment);
  writer.varint(in_segment.offset);
  writer.varint(in_segment.size);
  return out;
}

bool take_inline_bytes(std::string& row) {
  if (row.empty() || static_cast<std::uint8_t>(row.front()) != kInlinePlace) return false;
  row.erase(0, 1);
  return true;
}

Result<Place> parse_place(std::string_view row) {
  ByteReader reader(row);
  TRY(std::uint8_t kind, reader.u8());
  if (kind == kInlinePlace) return InlineBody{std::string(reader.rest())};
  if (kind != kSegmentPlace) return fail(Errc::corrupt, fmt::format("a place of kind {}", kind));
  SegmentPlace place;
  TRY(place.segment, reader.varint());
  TRY(place.offset, reader.varint());
  TRY(place.size, reader.varint());
  if (!reader.at_end()) return fail(Errc::corrupt, "a place with bytes after its end");
  if (std::max(place.offset, place.size) > kMaxOffset) return fail(Errc::corrupt, "a place beyond any segment");
  return place;
}

}  // namespace yubin::kv
