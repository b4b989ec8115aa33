// What the decoders of records share. Private to the store's records*.cpp.
#pragma once

#include <limits>

#include "base/bytes.h"
#include "base/result.h"
#include "base/unique_id.h"

namespace yubin::store {

inline Result<> read_version(ByteReader& reader, std::uint8_t known) {
  TRY(std::uint8_t version, reader.u8());
  if (version != known) return fail(Errc::corrupt, "record of an unknown version");
  return {};
}

template <class Number>
Result<Number> read_number(ByteReader& reader) {
  TRY(std::uint64_t number, reader.varint());
  if (number > std::numeric_limits<Number>::max()) return fail(Errc::corrupt, "number is too large for its field");
  return static_cast<Number>(number);
}

template <class Type>
Result<Type> read_strong(ByteReader& reader) {
  TRY(auto number, read_number<typename Type::rep>(reader));
  return Type(number);
}

// As UniqueId::bytes(), without a string in between.
inline void write_unique_id(ByteWriter& writer, UniqueId const& id) {
  writer.u64(id.high());
  writer.u64(id.low());
}

inline Result<UniqueId> read_unique_id(ByteReader& reader) {
  TRY(std::uint64_t high, reader.u64());
  TRY(std::uint64_t low, reader.u64());
  return UniqueId(high, low);
}

inline Result<> read_end(ByteReader const& reader) {
  if (!reader.at_end()) return fail(Errc::corrupt, "record is longer than its contents");
  return {};
}

}  // namespace yubin::store
