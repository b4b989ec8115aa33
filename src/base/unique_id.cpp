#include "base/unique_id.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/text.h"

namespace yubin {

namespace {
constexpr std::string_view kAlphabet = "0123456789abcdefghijklmnopqrstuv";
constexpr std::size_t kTextSize = 26;  // 130 bits for 128: the first character is 0 to 7
__extension__ using Wide = unsigned __int128;
}  // namespace

std::string UniqueId::bytes() const {
  std::string out;
  ByteWriter writer(out);
  writer.u64(high_);
  writer.u64(low_);
  return out;
}

Result<UniqueId> UniqueId::from_bytes(std::string_view bytes) {
  if (bytes.size() != kSize) return fail(Errc::corrupt, "an identifier has 16 bytes");
  ByteReader reader(bytes);
  TRY(std::uint64_t high, reader.u64());
  TRY(std::uint64_t low, reader.u64());
  return UniqueId(high, low);
}

std::string UniqueId::text() const {
  std::string out(kTextSize, '0');
  Wide value = static_cast<Wide>(high_) << 64 | low_;
  for (std::size_t i = kTextSize; i-- > 0; value >>= 5) out[i] = kAlphabet[static_cast<std::size_t>(value & 31)];
  return out;
}

Result<UniqueId> UniqueId::parse(std::string_view text) {
  if (text.size() != kTextSize || text.front() > '7') return fail(Errc::syntax, "not an id: 26 characters of 0-9a-v");
  Wide value = 0;
  for (char c : text) {
    auto digit = kAlphabet.find(ascii_lower(c));
    if (digit == std::string_view::npos) return fail(Errc::syntax, "not an id: 26 characters of 0-9a-v");
    value = value << 5 | digit;
  }
  return UniqueId(static_cast<std::uint64_t>(value >> 64), static_cast<std::uint64_t>(value));
}

UniqueId UniqueIds::next() {
  auto now = static_cast<std::uint64_t>(clock_.now().time_since_epoch().count());
  std::lock_guard lock(mutex_);
  if (now > last_time_) {
    last_time_ = now;
  }
  counter_ = (counter_ + 1) & kCounterMask;
  if (counter_ == 0) ++last_time_;
  return UniqueId(last_time_, static_cast<std::uint64_t>(node_) << 48 | counter_);
}

}  // namespace yubin
