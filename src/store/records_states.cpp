// Packed states: a bitmap of the UIDs, what the messages have in common, then about 27 bytes each. And packed UIDs.
#include <algorithm>
#include <bit>

#include "base/assert.h"
#include "base/bytes.h"
#include "store/keys.h"
#include "store/record_io.h"
#include "store/records.h"

namespace yubin::store {

namespace {

static_assert(kStatesPerRow == 32, "the bitmap has 32 bits");

constexpr std::uint8_t kStatesVersion = 2;  // 1: without threads
constexpr std::uint8_t kUidsVersion = 1;
constexpr std::uint8_t kHasKeywords = 0x20;  // beside the five system flags
constexpr std::uint8_t kInOtherThread = 0x40;

// What most numbers of a row are near to; each is stored as its distance.
struct Base {
  std::uint64_t modseq = 0;
  std::int64_t date = 0;
};

// Distances wrap around, so that any two dates have one.
std::int64_t distance(std::int64_t to, std::int64_t from) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from));
}
std::int64_t at_distance(std::int64_t from, std::int64_t by) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(from) + static_cast<std::uint64_t>(by));
}

void write_keywords(ByteWriter& writer, std::vector<KeywordId> const& keywords) {
  writer.varint(keywords.size());
  for (KeywordId keyword : keywords) writer.varint(keyword.value());
}

Result<std::vector<KeywordId>> read_keywords(ByteReader& reader) {
  TRY(std::uint64_t count, reader.varint());
  if (count == 0) return fail(Errc::corrupt, "keywords announced, but there are none");
  std::vector<KeywordId> keywords;
  for (std::uint64_t i = 0; i < count; ++i) {
    TRY(KeywordId keyword, read_strong<KeywordId>(reader));
    if (!keywords.empty() && keyword <= keywords.back()) return fail(Errc::corrupt, "keywords are out of order");
    keywords.push_back(keyword);
  }
  return keywords;
}

void write_state(ByteWriter& writer, Base const& base, MessageState const& state) {
  bool const has_keywords = !state.keywords.empty();
  writer.u8(static_cast<std::uint8_t>(state.flags.bits() | (has_keywords ? kHasKeywords : 0) |
                                      (state.other_thread ? kInOtherThread : 0)));
  if (has_keywords) write_keywords(writer, state.keywords);
  writer.varint(state.modseq.value() - base.modseq);
  writer.varint(state.size);
  writer.signed_varint(distance(state.internal_date, base.date));
  writer.signed_varint(state.internal_zone);
  writer.signed_varint(distance(state.save_date, state.internal_date));
  write_unique_id(writer, state.id);
  if (state.other_thread) write_unique_id(writer, *state.other_thread);
}

// Into a state that has nothing but its UID yet.
Result<> read_state(ByteReader& reader, std::uint8_t version, Base const& base, MessageState& state) {
  TRY(std::uint8_t bits, reader.u8());
  std::uint8_t const known = version == 1 ? kHasKeywords : kInOtherThread;
  if (bits >= 2 * known) return fail(Errc::corrupt, "unknown bits of a message");
  state.flags = SystemFlags(bits);
  if ((bits & kHasKeywords) != 0) {
    TRY(state.keywords, read_keywords(reader));
  }
  TRY(std::uint64_t modseq, reader.varint());
  state.modseq = ModSeq(base.modseq + modseq);
  TRY(state.size, reader.varint());
  TRY(std::int64_t date, reader.signed_varint());
  state.internal_date = at_distance(base.date, date);
  TRY(std::int64_t zone, reader.signed_varint());
  if (zone < INT32_MIN || zone > INT32_MAX) return fail(Errc::corrupt, "zone is too large");
  state.internal_zone = static_cast<std::int32_t>(zone);
  TRY(std::int64_t saved, reader.signed_varint());
  state.save_date = at_distance(state.internal_date, saved);
  TRY(state.id, read_unique_id(reader));
  if ((bits & kInOtherThread) != 0) {
    TRY(state.other_thread, read_unique_id(reader));
  }
  return {};
}

}  // namespace

std::string encode_states(std::span<MessageState const> states) {
  YUBIN_ASSERT(!states.empty());
  Base base{states.front().modseq.value(), states.front().internal_date};
  std::uint32_t bitmap = 0;
  for (MessageState const& state : states) {
    base.modseq = std::min(base.modseq, state.modseq.value());
    bitmap |= std::uint32_t{1} << state.uid.value() % kStatesPerRow;
  }
  YUBIN_ASSERT(static_cast<std::size_t>(std::popcount(bitmap)) == states.size());

  std::string value;
  value.reserve(16 + 32 * states.size());
  ByteWriter writer(value);
  writer.u8(kStatesVersion);
  writer.u32(bitmap);
  writer.varint(base.modseq);
  writer.signed_varint(base.date);
  for (MessageState const& state : states) write_state(writer, base, state);
  return value;
}

Result<std::vector<MessageState>> decode_states(std::uint32_t chunk, std::string_view value) {
  ByteReader reader(value);
  TRY(std::uint8_t version, reader.u8());
  if (version != 1 && version != kStatesVersion) return fail(Errc::corrupt, "record of an unknown version");
  TRY(std::uint32_t bitmap, reader.u32());
  if (bitmap == 0) return fail(Errc::corrupt, "no message in a row of states");
  Base base;
  TRY(base.modseq, reader.varint());
  TRY(base.date, reader.signed_varint());
  std::vector<MessageState> states;
  states.reserve(static_cast<std::size_t>(std::popcount(bitmap)));
  for (; bitmap != 0; bitmap &= bitmap - 1) {
    MessageState& state = states.emplace_back();
    state.uid = Uid(chunk * kStatesPerRow + static_cast<std::uint32_t>(std::countr_zero(bitmap)));
    TRY_VOID(read_state(reader, version, base, state));
  }
  TRY_VOID(read_end(reader));
  return states;
}

std::string encode_uids(UidBits const& uids) {
  YUBIN_ASSERT(uids.any());
  std::string value(1, static_cast<char>(kUidsVersion));
  std::uint8_t byte = 0;
  for (std::size_t n = 0; n < uids.size(); ++n) {
    if (uids.test(n)) byte = static_cast<std::uint8_t>(byte | 1U << n % 8);
    if (n % 8 != 7) continue;
    value.push_back(static_cast<char>(byte));
    byte = 0;
  }
  // The block that new messages go to is mostly empty at its end.
  value.erase(value.find_last_not_of('\0') + 1);
  return value;
}

Result<UidBits> decode_uids(std::string_view value) {
  ByteReader reader(value);
  TRY_VOID(read_version(reader, kUidsVersion));
  std::string_view const bytes = reader.rest();
  bool const canonical = !bytes.empty() && bytes.back() != '\0';
  if (!canonical || bytes.size() > kUidsPerRow / 8) return fail(Errc::corrupt, "row of UIDs has a wrong length");
  UidBits uids;
  for (std::size_t n = 0; n < bytes.size() * 8; ++n) {
    if ((static_cast<unsigned char>(bytes[n / 8]) >> n % 8 & 1) != 0) uids.set(n);
  }
  return uids;
}

}  // namespace yubin::store
